// Webhooks name records by their address, such as https://www.eventbriteapi.com/v3/events/1/attendees/2/. It will do
// wherever an id of it is asked for.
function before_action() {
  var places = {EventId: /\/events\/([^\/]+)/, AttendeeId: /\/attendees\/([^\/]+)/, OrderId: /\/orders\/([^\/]+)/};
  Object.keys(places).forEach(function (name) {
    var found = places[name].exec(String(method_request_mergefields[name]));
    if (found) method_request_mergefields[name] = found[1];
  });
}

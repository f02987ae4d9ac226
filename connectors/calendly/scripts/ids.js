// Answers name records by their address, paths by its last part. Either will do as an id.
function before_action() {
  Object.keys(method_request_mergefields).forEach(function (name) {
    if (!/Id$/.test(name)) return;
    var text = String(method_request_mergefields[name]);
    if (text.indexOf('/') >= 0) method_request_mergefields[name] = text.replace(/\/+$/, '').split('/').pop();
  });
}

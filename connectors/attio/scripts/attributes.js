// Describes the custom attributes of an object. `Object` is its slug; `Place` is where a record's values stand in an
// answer, and is left out where attributes are to be written.
function after_action_paging() {
  const object = script_parameters.Object;
  const place = script_parameters.Place;
  const members = {
    text: 'value', number: 'value', checkbox: 'value', date: 'value', timestamp: 'value', rating: 'value',
    select: 'option.title', status: 'status.title', currency: 'currency_value',
  };
  const types = { number: 3, rating: 2, currency: 3, checkbox: 4, timestamp: 5 };
  const answer = http_request({ url: `https://api.attio.com/v2/objects/${object}/attributes?limit=500`, method: 'GET' });
  if (answer.status_code !== 200) throw new Error(`Attio answered ${answer.status_code} for the attributes of ${object}`);
  const body = typeof answer.content === 'string' ? JSON.parse(answer.content) : answer.content;
  method_response = body.data
    .filter((attribute) => !attribute.is_system_attribute && !attribute.is_archived)
    .filter((attribute) => (place ? members[attribute.type] : attribute.is_writable))
    .map((attribute) => ({
      location: place ? `${place}[${attribute.api_slug}].${members[attribute.type]}`
        : `data.values.${attribute.is_multiselect ? `[${attribute.api_slug}]` : attribute.api_slug}`,
      label: attribute.title,
      type: types[attribute.type] || (members[attribute.type] ? 1 : 0),
    }));
}

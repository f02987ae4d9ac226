function after_action() {
  cyclr_storage_append('log', 'x');
  method_response = {
    count: cyclr_storage_increment('count'),
    keys: cyclr_storage_list_keys(),
    log: cyclr_storage_get('log'),
    kept: cyclr_storage_get('kept'),
  };
}

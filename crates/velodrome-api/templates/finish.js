// Tells whoever opened this page that it is done, and nobody else: only the origin that was named when
// the flow began can receive the message.
const { message, origin } = document.getElementById("message").dataset;
for (const other of [window.opener, window.parent === window ? null : window.parent]) {
  if (other) other.postMessage(message, origin);
}
if (window.opener) window.close();

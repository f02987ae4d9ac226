//! The sandbox's front page: who is simulated, what to paste, what to try.

use std::fmt::Write;

use crate::answer::Answer;
use crate::dispatch::Sites;
use crate::html::{escape, page};

pub(crate) fn front_page(sites: &Sites) -> Answer {
    let mut body = String::from(
        "<p class=\"note\">These are simulations on this machine. Nothing reaches the real providers: \
         paste the values below, never real credentials. All data is made up and is forgotten when the \
         sandbox stops.</p>",
    );
    for card in sites.cards() {
        let _ = write!(body, "<h2>{}</h2><table>", escape(card.name));
        for value in &card.values {
            let _ = write!(
                body,
                "<tr><th scope=\"row\">{}</th><td><code>{}</code></td></tr>",
                escape(value.label),
                escape(value.value)
            );
        }
        let _ = write!(
            body,
            "<tr><th scope=\"row\">Answers for</th><td>{}</td></tr></table><ul>",
            card.origins
                .iter()
                .map(|origin| format!("<code>{}</code>", escape(origin)))
                .collect::<Vec<_>>()
                .join("<br>")
        );
        for hint in card.hints {
            let _ = write!(body, "<li>{}</li>", escape(hint));
        }
        body.push_str("</ul>");
    }
    let rewrites: Vec<String> = sites.rewrites().iter().map(ToString::to_string).collect();
    let address = sites.address();
    let _ = write!(
        body,
        "<h2>Without the browser</h2><p>Each provider also answers <code>curl</code>, for example:</p>\
         <pre><code>curl -H 'x-api-token: sandbox-pipedrive-key' \\\n  http://api.pipedrive.com.localhost:{port}/api/v2/deals</code></pre>\
         <p>Look inside, expire every access token, answer consent pages by themselves, make the next call fail:</p>\
         <pre><code>curl http://{address}/_sandbox/state\n\
         curl -X POST -H 'Content-Type: application/json' -d '{{}}' http://{address}/_sandbox/expire\n\
         curl -X POST -H 'Content-Type: application/json' -d '{{\"mode\":\"allow\"}}' http://{address}/_sandbox/consent\n\
         curl -X POST -H 'Content-Type: application/json' \\\n  -d '{{\"host\":\"api.stripe.com\",\"fault\":{{\"kind\":\"status\",\"status\":503}}}}' http://{address}/_sandbox/faults</code></pre>\
         <h2>For a server of your own</h2><p>Set both, then start Velodrome:</p>\
         <pre><code>VELODROME_EGRESS_ALLOW=127.0.0.0/8\nVELODROME_EGRESS_REWRITE={rewrites}</code></pre>",
        port = address.port(),
        rewrites = escape(&rewrites.join(",")),
    );
    Answer::html(200, page("Velodrome sandbox providers", &body))
}

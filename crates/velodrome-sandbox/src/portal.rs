//! The sandbox's front page: who is simulated, what to paste, what to try.

use std::fmt::Write;

use crate::answer::Answer;
use crate::call::Pairs;
use crate::dispatch::Sites;
use crate::html::{escape, page};
use crate::twin::Card;

/// Below here each twin from a definition has a page.
pub(crate) const TWINS: &str = "/twins/";
/// Origins that the page spells out; more would be a wall of text.
const MAX_REWRITES: usize = 40;
/// Twins that a list shows.
const MAX_LISTED: usize = 50;

/// `query` may hold `q`, what to look for among the twins.
pub(crate) fn front_page(sites: &Sites, query: &str) -> Answer {
    let mut body = String::from(
        "<p class=\"note\">These are simulations on this machine. Nothing reaches the real providers: \
         paste the values below, never real credentials. All data is made up and is forgotten when the \
         sandbox stops.</p>",
    );
    for card in sites.cards() {
        write_card(&mut body, &card);
    }
    write_twins(&mut body, sites, query);
    let rewrites: Vec<String> = sites.rewrites().iter().map(ToString::to_string).collect();
    let rewrites = if rewrites.len() > MAX_REWRITES {
        "as velodrome sandbox prints it".to_owned()
    } else {
        rewrites.join(",")
    };
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
        rewrites = escape(&rewrites),
    );
    Answer::html(200, page("Velodrome sandbox providers", &body))
}

/// One twin's own page; building the twin is what it may wait for.
pub(crate) fn twin_page(sites: &Sites, path: &str) -> Answer {
    let id = path.strip_prefix(TWINS).unwrap_or_default();
    let Some(twin) = sites.twin(id) else {
        let body = "<p>There is no such twin. The <a href=\"/\">front page</a> lists them.</p>";
        return Answer::html(404, page("Nothing here", body));
    };
    let mut body = String::new();
    write_card(&mut body, &twin.card);
    body.push_str("<p><a href=\"/\">All providers</a></p>");
    Answer::html(200, page(&format!("{} (twin)", twin.card.name), &body))
}

fn write_card(body: &mut String, card: &Card) {
    let _ = write!(body, "<h2>{}</h2><table>", escape(&card.name));
    for value in &card.values {
        let _ = write!(
            body,
            "<tr><th scope=\"row\">{}</th><td><code>{}</code></td></tr>",
            escape(&value.label),
            escape(&value.value)
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
    for hint in &card.hints {
        let _ = write!(body, "<li>{}</li>", escape(hint));
    }
    body.push_str("</ul>");
}

/// The twins from definitions that fit what somebody looks for, so many at most.
fn write_twins(body: &mut String, sites: &Sites, query: &str) {
    let query = Pairs::parse(query.as_bytes());
    let wanted = query.get("q").unwrap_or_default();
    let (listed, count) = sites.definitions.search(wanted, MAX_LISTED);
    if count == 0 && wanted.is_empty() {
        return;
    }
    let _ = write!(
        body,
        "<h2>Twins of further connectors</h2><form role=\"search\"><label>Name \
         <input name=\"q\" value=\"{}\"></label><button>Search</button></form><p>{} of {count}.</p><ul>",
        escape(wanted),
        listed.len(),
    );
    for twin in &listed {
        let _ = write!(
            body,
            "<li><a href=\"{TWINS}{}\">{}</a></li>",
            escape(twin.slug),
            escape(twin.name)
        );
    }
    body.push_str("</ul>");
}

//! A browser without scripts: cookies, redirects and forms.

use reqwest::{Client, Method, RequestBuilder, Response};
use url::Url;

use crate::page::{Form, Page};

/// A real browser stops after twenty.
const MOST_REDIRECTS: usize = 20;

/// A person's browser, with its cookies.
#[derive(Clone)]
pub struct Browser {
    http: Client,
    cookies: Vec<Cookie>,
}

#[derive(Clone)]
struct Cookie {
    host: String,
    name: String,
    value: String,
}

impl Browser {
    /// A browser that has been nowhere yet.
    pub fn new(http: Client) -> Self {
        Self {
            http,
            cookies: Vec::new(),
        }
    }

    /// Opens an address and follows its redirects.
    ///
    /// # Panics
    /// When the address is none, or nothing answers there.
    pub async fn open(&mut self, address: &str) -> Page {
        let url = Url::parse(address).unwrap_or_else(|error| panic!("{address}: {error}"));
        self.travel(Method::GET, url, None, |_| true).await
    }

    /// Opens an address and stops before going to an address that `stop` knows; the page is
    /// then empty and carries that address.
    ///
    /// # Panics
    /// When the address is none, or nothing answers there.
    pub async fn open_until(&mut self, address: &str, stop: impl Fn(&Url) -> bool) -> Page {
        let url = Url::parse(address).unwrap_or_else(|error| panic!("{address}: {error}"));
        self.travel(Method::GET, url, None, |next| !stop(next))
            .await
    }

    /// Sends a form of a page and follows the redirects, except to an address that `stop` knows.
    ///
    /// # Panics
    /// When nothing answers.
    pub async fn submit_until(
        &mut self,
        page: &Page,
        form: &Form,
        stop: impl Fn(&Url) -> bool,
    ) -> Page {
        let target = page
            .url
            .join(&form.action)
            .expect("a form goes to an address");
        let fields = Some(form.fields.as_slice());
        self.travel(Method::POST, target, fields, |next| !stop(next))
            .await
    }

    async fn travel(
        &mut self,
        method: Method,
        url: Url,
        fields: Option<&[(String, String)]>,
        follow: impl Fn(&Url) -> bool,
    ) -> Page {
        let mut request = self.http.request(method, url.clone());
        if let Some(fields) = fields {
            request = request.form(fields);
        }
        let mut url = url;
        for _ in 0..MOST_REDIRECTS {
            let response = self.exchange(request, &url).await;
            let Some(next) = redirect(&response, &url) else {
                return page(url, response).await;
            };
            if !follow(&next) {
                return Page {
                    status: response.status().as_u16(),
                    url: next,
                    text: String::new(),
                };
            }
            url = next;
            request = self.http.get(url.clone());
        }
        panic!("redirected in a circle at {url}")
    }

    async fn exchange(&mut self, request: RequestBuilder, url: &Url) -> Response {
        let host = host(url);
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|cookie| cookie.host == host)
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        let request = if cookies.is_empty() {
            request
        } else {
            request.header("Cookie", cookies.join("; "))
        };
        let response = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{url}: {error}"));
        for header in response.headers().get_all("set-cookie") {
            let text = header.to_str().expect("a cookie is text");
            self.keep(&host, text);
        }
        response
    }

    fn keep(&mut self, host: &str, text: &str) {
        let pair = text.split(';').next().unwrap_or_default();
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        self.cookies
            .retain(|cookie| cookie.host != host || cookie.name != name);
        let removed = value.is_empty() || text.to_ascii_lowercase().contains("max-age=0");
        if !removed {
            self.cookies.push(Cookie {
                host: host.to_owned(),
                name: name.to_owned(),
                value: value.to_owned(),
            });
        }
    }
}

/// Cookies do not tell ports apart, and neither do we.
fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn redirect(response: &Response, url: &Url) -> Option<Url> {
    if !response.status().is_redirection() {
        return None;
    }
    let location = response.headers().get("location")?.to_str().ok()?;
    url.join(location).ok()
}

async fn page(url: Url, response: Response) -> Page {
    Page {
        status: response.status().as_u16(),
        text: response
            .text()
            .await
            .unwrap_or_else(|error| panic!("{url}: {error}")),
        url,
    }
}

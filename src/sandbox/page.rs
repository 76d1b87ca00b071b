//! The one page: buyer chat, seller chat, blockchain panel. It is embedded, loads nothing from elsewhere, and speaks with the control API.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

/// What the page may load: itself, and pictures it was given. Nothing is written inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The parts of the page: where each is, its type, its text.
const ASSETS: [(&str, &str, &str); 9] = [
    ("/", "text/html; charset=utf-8", include_str!("page/index.html")),
    ("/assets/page.css", "text/css; charset=utf-8", include_str!("page/page.css")),
    ("/assets/chain.css", "text/css; charset=utf-8", include_str!("page/chain.css")),
    ("/assets/page.js", "text/javascript; charset=utf-8", include_str!("page/page.js")),
    ("/assets/server.js", "text/javascript; charset=utf-8", include_str!("page/server.js")),
    ("/assets/chat.js", "text/javascript; charset=utf-8", include_str!("page/chat.js")),
    ("/assets/message.js", "text/javascript; charset=utf-8", include_str!("page/message.js")),
    ("/assets/chain.js", "text/javascript; charset=utf-8", include_str!("page/chain.js")),
    ("/assets/icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
];

/// `GET /` and `GET /assets/...`.
pub fn router() -> Router {
    ASSETS.into_iter().fold(Router::new(), |router, (path, kind, text)| router.route(path, get(move || async move { headers(kind, text) })))
}

fn headers(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_loads_nothing_from_elsewhere_and_everything_it_names_is_there() {
        let (_, _, html) = ASSETS[0];
        for named in html.split('"').filter(|part| part.starts_with("/assets/")) {
            assert!(ASSETS.iter().any(|(path, ..)| *path == named), "{named}");
        }
        for (path, kind, text) in ASSETS.into_iter().filter(|(_, kind, _)| *kind != "image/svg+xml") {
            for outside in ["src=\"http", "href=\"http", "url(http", "@import", "from \"http", "style=\""] {
                assert!(!text.contains(outside), "{path} ({kind}) holds {outside}");
            }
            for imported in text.split("from \"./").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(ASSETS.iter().any(|(path, ..)| *path == format!("/assets/{imported}")), "{path} imports {imported}");
            }
        }
    }

    #[test]
    fn text_from_others_never_becomes_markup() {
        for (path, _, text) in ASSETS {
            for way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
                assert!(!text.contains(way), "{path} uses {way}");
            }
        }
    }
}

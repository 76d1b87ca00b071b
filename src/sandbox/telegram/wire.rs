//! Parameters of a call as they come: query, form, JSON or multipart; structures may be JSON in strings; files may be `attach://<part>`.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::{Form, FromRequest, Multipart, Query, Request};
use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// A file that came with a call.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub name: String,
    pub mime: Option<String>,
    pub bytes: Bytes,
}

/// The parameters of one call. Those nobody asks for are ignored, as by the real one.
#[derive(Debug, Default)]
pub(crate) struct Params {
    values: Map<String, Value>,
    uploads: HashMap<String, Upload>,
}

impl Params {
    /// Reads all of them from a request.
    pub async fn read(request: Request) -> Result<Self, Refusal> {
        let mut params = Self::default();
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(request.uri()).map_err(|_| Refusal::bad("can't parse the query"))?;
        params.take(pairs.0);
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
        if kind.starts_with("multipart/form-data") {
            let parts = Multipart::from_request(request, &()).await.map_err(|_| Refusal::bad("can't parse the multipart body"))?;
            params.take_parts(parts).await?;
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            let pairs = Form::<Vec<(String, String)>>::from_request(request, &()).await;
            params.take(pairs.map_err(|_| Refusal::bad("can't parse the form"))?.0);
        } else {
            let body = Bytes::from_request(request, &()).await.map_err(|_| Refusal::new(413, "Request Entity Too Large"))?;
            if !body.is_empty() {
                let values: Map<String, Value> =
                    serde_json::from_slice(&body).map_err(|_| Refusal::bad("can't parse JSON object: the body must be one JSON object"))?;
                params.values.extend(values);
            }
        }
        Ok(params)
    }

    fn take(&mut self, pairs: Vec<(String, String)>) {
        self.values.extend(pairs.into_iter().map(|(name, value)| (name, Value::String(value))));
    }

    async fn take_parts(&mut self, mut parts: Multipart) -> Result<(), Refusal> {
        let broken = |_| Refusal::bad("can't parse the multipart body");
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            let name = part.name().unwrap_or_default().to_owned();
            let file_name = part.file_name().map(str::to_owned);
            let mime = part.content_type().map(str::to_owned);
            let bytes = part.bytes().await.map_err(|_| Refusal::new(413, "Request Entity Too Large"))?;
            match (file_name, std::str::from_utf8(&bytes)) {
                (None, Ok(text)) => {
                    self.values.insert(name, Value::String(text.to_owned()));
                }
                (file_name, _) => {
                    self.uploads.insert(name, Upload { name: file_name.unwrap_or_default(), mime, bytes });
                }
            }
        }
        Ok(())
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| !value.is_null())
    }

    /// A text; empty when left out.
    pub fn text(&self, name: &str) -> Result<&str, Refusal> {
        match self.value(name) {
            None => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(wrong_type(name, "a String")),
        }
    }

    pub fn int(&self, name: &str) -> Result<Option<i64>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(value) => int(value).map(Some).ok_or_else(|| wrong_type(name, "an Integer")),
        }
    }

    /// False when left out.
    pub fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.value(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => Ok(true),
                "false" | "no" | "0" | "" => Ok(false),
                _ => Err(wrong_type(name, "a Boolean")),
            },
            Some(_) => Err(wrong_type(name, "a Boolean")),
        }
    }

    /// An object or an array, as such or as JSON in a string.
    pub fn json(&self, name: &str) -> Result<Option<Value>, Refusal> {
        let value = match self.value(name) {
            None => return Ok(None),
            Some(Value::String(text)) if text.is_empty() => return Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).map_err(|_| Refusal::bad(format!("can't parse {name} JSON object")))?,
            Some(value) => value.clone(),
        };
        match value {
            Value::Null => Ok(None),
            Value::Object(_) | Value::Array(_) => Ok(Some(value)),
            _ => Err(wrong_type(name, "an Object or an Array")),
        }
    }

    pub fn list(&self, name: &str) -> Result<Option<Vec<Value>>, Refusal> {
        match self.json(name)? {
            None => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list)),
            Some(_) => Err(wrong_type(name, "an Array")),
        }
    }

    /// The chat that a call names.
    pub fn chat_id(&self) -> Result<i64, Refusal> {
        self.chat_id_in("chat_id")
    }

    pub fn chat_id_in(&self, name: &str) -> Result<i64, Refusal> {
        match self.value(name) {
            None => Err(Refusal::bad(format!("{name} is empty"))),
            // A public channel or group; the sandbox has none.
            Some(Value::String(text)) if text.starts_with('@') => Err(Refusal::chat_not_found()),
            Some(value) => int(value).ok_or_else(Refusal::chat_not_found),
        }
    }

    /// The message that a call names.
    pub fn message_id(&self) -> Result<i32, Refusal> {
        let id = self.int("message_id")?.ok_or_else(|| Refusal::bad("message identifier is not specified"))?;
        // No message has an id beyond 32 bits, so none will be found.
        Ok(i32::try_from(id).unwrap_or(0))
    }

    /// The file that came in the part `name`, or in the part that `attach://` in the parameter `name` points at.
    pub fn upload(&self, name: &str) -> Option<Upload> {
        self.uploads.get(name).cloned()
    }

    /// The file that `reference` (`attach://<part>`) points at.
    pub fn attached(&self, reference: &str) -> Option<Upload> {
        let part = reference.strip_prefix("attach://")?;
        self.upload(part).or_else(|| match self.value(part) {
            Some(Value::String(text)) => Some(Upload { name: String::new(), mime: None, bytes: Bytes::copy_from_slice(text.as_bytes()) }),
            _ => None,
        })
    }
}

fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn wrong_type(name: &str, wanted: &str) -> Refusal {
    Refusal::bad(format!("parameter \"{name}\" must be {wanted}"))
}

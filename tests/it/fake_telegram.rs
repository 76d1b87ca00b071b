//! The fake Telegram, seen by a bot that uses teloxide and by the people who talk with it.

use std::time::Duration;

use axum::body::Bytes;
use kiosk::clock::Clock;
use kiosk::sandbox::cryptocloud::Keys;
use kiosk::sandbox::faults::{CallFaults, Faults};
use kiosk::sandbox::telegram::{Picture, Saying, Tapped};
use kiosk::sandbox::{Options, Sandbox, User};
use serde_json::{Value, json};
use teloxide::net::Download;
use teloxide::payloads::{
    AnswerCallbackQuerySetters, CopyMessageSetters, EditMessageMediaSetters, EditMessageReplyMarkupSetters, EditMessageTextSetters,
    GetUpdatesSetters, SendMessageSetters, SendPhotoSetters, SetMyCommandsSetters, SetWebhookSetters,
};
use teloxide::requests::Requester;
use teloxide::types::{
    AllowedUpdate, BotCommand, BotCommandScope, CallbackQueryId, ChatId, CopyTextButton, FileId, InlineKeyboardButton,
    InlineKeyboardButtonKind, InlineKeyboardMarkup, InputFile, InputMedia, InputMediaDocument, InputMediaPhoto, MessageEntityKind,
    MessageId, ParseMode, Update, UpdateKind,
};
use teloxide::{ApiError, Bot, RequestError};

const TOKEN: &str = "777:sandbox";
const NOW: i64 = 1_800_000_000;
const ANN: i64 = 1_001;
const CHAT: ChatId = ChatId(ANN);

/// A sandbox on a port of its own, and the bot that lives in it.
struct Play {
    sandbox: Sandbox,
    base: String,
    bot: Bot,
}

impl Play {
    async fn begin() -> Self {
        Self::open(None, Clock::manual(NOW)).await
    }

    async fn open(state_dir: Option<&std::path::Path>, clock: Clock) -> Self {
        let provider = Keys { api_key: "key".to_owned(), shop_id: "shop".to_owned(), secret_key: "secret".to_owned() };
        let ann = User { first_name: "Ann".to_owned(), username: Some("ann".to_owned()), ..User::stranger(ANN) };
        let options = Options { clock, bot_token: TOKEN.to_owned(), provider, state_dir: state_dir.map(Into::into), users: vec![ann] };
        let sandbox = Sandbox::new(options);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = sandbox.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let bot = Bot::with_client(TOKEN, client()).set_api_url(format!("{base}/telegram").parse().unwrap());
        Self { sandbox, base, bot }
    }

    /// As [`Play::begin`], and Ann has pressed Start.
    async fn with_ann() -> Self {
        let play = Self::begin().await;
        play.sandbox.telegram.say(ANN, "/start").unwrap();
        play.updates().await;
        play
    }

    /// All updates that wait, confirmed.
    async fn updates(&self) -> Vec<Update> {
        let updates = self.bot.get_updates().await.unwrap();
        if let Some(last) = updates.last() {
            self.bot.get_updates().offset(i32::try_from(last.id.0).unwrap() + 1).await.unwrap();
        }
        updates
    }

    /// The newest message in Ann's chat.
    fn last(&self) -> Value {
        self.sandbox.telegram.chat(ANN, 0)["messages"].as_array().unwrap().last().unwrap().clone()
    }

    /// A call with a JSON body: the HTTP status and the answer.
    async fn raw(&self, method: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/telegram/bot{TOKEN}/{method}", self.base);
        let response = client().post(url).json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn control(&self, method: reqwest::Method, path: &str, body: Value) -> (u16, Value) {
        let response = client().request(method, format!("{}/sandbox{path}", self.base)).json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().timeout(Duration::from_secs(20)).no_proxy().build().unwrap()
}

fn keyboard(buttons: Vec<InlineKeyboardButton>) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([buttons])
}

/// A grey PNG picture.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![200; usize::try_from(width * height).unwrap()]).unwrap();
    writer.finish().unwrap();
    bytes
}

fn refusal<T: std::fmt::Debug>(result: Result<T, RequestError>) -> String {
    match result.unwrap_err() {
        RequestError::Api(ApiError::Unknown(text) | ApiError::CantParseEntities(text)) => text,
        RequestError::Api(error) => error.to_string(),
        other => panic!("not a refusal: {other}"),
    }
}

#[tokio::test]
async fn a_person_talks_with_a_bot() {
    let play = Play::begin().await;
    let me = play.bot.get_me().await.unwrap();
    assert_eq!((me.id.0, me.username()), (777, "kiosk_sandbox_bot"));

    play.sandbox.telegram.say(ANN, "/start p_7").unwrap();
    let updates = play.updates().await;
    let UpdateKind::Message(message) = &updates[0].kind else { panic!("not a message: {updates:?}") };
    assert_eq!(message.text(), Some("/start p_7"));
    assert_eq!(message.entities().unwrap()[0].kind, MessageEntityKind::BotCommand);
    assert_eq!(message.from.as_ref().unwrap().first_name, "Ann");

    let buy = keyboard(vec![InlineKeyboardButton::callback("Buy", "b:7")]);
    let sent = play.bot.send_message(CHAT, "<b>Tea 🍵</b> &amp; more").parse_mode(ParseMode::Html).reply_markup(buy).await.unwrap();
    assert_eq!(sent.text(), Some("Tea 🍵 & more"));
    assert_eq!((sent.entities().unwrap()[0].offset, sent.entities().unwrap()[0].length), (0, 6));
    assert_eq!(play.last()["html"], "<b>Tea 🍵</b> &amp; more");
    assert_eq!(play.last()["keyboard"], json!([[{"text": "Buy", "data": "b:7"}]]));

    let tapped = play.sandbox.telegram.tap_label(ANN, sent.id.0, "Buy").unwrap();
    let updates = play.updates().await;
    let UpdateKind::CallbackQuery(query) = &updates[0].kind else { panic!("not a tap: {updates:?}") };
    assert_eq!((query.data.as_deref(), query.regular_message().unwrap().id), (Some("b:7"), sent.id));
    assert_eq!(tapped, Tapped::Told(query.id.0.clone()));
    play.bot.answer_callback_query(query.id.clone()).text("Noted").await.unwrap();
    assert_eq!(play.sandbox.telegram.chat(ANN, 0)["toasts"][0]["text"], "Noted");
    assert!(play.sandbox.telegram.answered(&query.id.0, Duration::ZERO).await);

    let edited = play.bot.edit_message_text(CHAT, sent.id, "Which coin?").await.unwrap();
    assert_eq!((edited.id, edited.edit_date().unwrap().timestamp()), (sent.id, NOW));
    assert_eq!(play.last()["keyboard"], json!([]), "an edit without a keyboard takes it away");
    assert_eq!(play.last()["edited"], true);
}

#[tokio::test]
async fn a_photo_travels_as_multipart_and_again_by_its_id() {
    let play = Play::with_ann().await;
    let photo = InputFile::memory(png(400, 300));
    let sent = play.bot.send_photo(CHAT, photo).caption("<code>T123</code>").parse_mode(ParseMode::Html).has_spoiler(true).await.unwrap();
    let sizes = sent.photo().unwrap();
    let biggest = sizes.last().unwrap();
    assert_eq!((biggest.width, biggest.height, sizes.len()), (400, 300, 3));
    assert_eq!(sent.caption(), Some("T123"));
    assert_eq!((&play.last()["photo"]["width"], &play.last()["photo"]["spoiler"]), (&json!(400), &json!(true)));

    let again = play.bot.send_photo(CHAT, InputFile::file_id(biggest.file.id.clone())).await.unwrap();
    assert_eq!(again.photo().unwrap().last().unwrap().file.id, biggest.file.id);

    let media = InputMedia::Photo(InputMediaPhoto::new(InputFile::memory(png(64, 64))).caption("new"));
    let edited =
        play.bot.edit_message_media(CHAT, sent.id, media).reply_markup(keyboard(vec![InlineKeyboardButton::callback("x", "x")])).await;
    assert_eq!(edited.unwrap().photo().unwrap().last().unwrap().width, 64);

    let shown = client().get(format!("{}{}", play.base, play.last()["photo"]["url"].as_str().unwrap())).send().await.unwrap();
    assert_eq!(shown.headers()["content-type"], "image/png");
    assert_eq!(shown.bytes().await.unwrap(), png(400, 300));
}

#[tokio::test]
async fn a_text_has_an_end_and_a_beginning() {
    let play = Play::with_ann().await;
    let bold = |length: usize| format!("<b>{}</b>", "x".repeat(length));
    assert!(play.bot.send_message(CHAT, bold(4_096)).parse_mode(ParseMode::Html).await.is_ok(), "tags do not count");
    assert!(matches!(
        play.bot.send_message(CHAT, bold(4_097)).parse_mode(ParseMode::Html).await,
        Err(RequestError::Api(ApiError::MessageIsTooLong))
    ));
    assert!(play.bot.send_message(CHAT, "🍵".repeat(2_049)).await.is_err(), "a cup of tea is two UTF-16 units");
    assert!(matches!(
        play.bot.send_message(CHAT, "<b> </b>\n").parse_mode(ParseMode::Html).await,
        Err(RequestError::Api(ApiError::MessageTextIsEmpty))
    ));
    let captioned = |length| play.bot.send_photo(CHAT, InputFile::memory(png(9, 9))).caption("c".repeat(length));
    assert!(captioned(1_024).await.is_ok());
    assert_eq!(refusal(captioned(1_025).await), "Bad Request: message caption is too long");
}

#[tokio::test]
async fn broken_markup_is_refused_and_nothing_is_sent() {
    let play = Play::with_ann().await;
    let before = play.last();
    for broken in ["<b>x", "<b><i>x</b></i>", "<p>x</p>", "a < b", "salt & pepper"] {
        let refused = refusal(play.bot.send_message(CHAT, broken).parse_mode(ParseMode::Html).await);
        assert!(refused.starts_with("Bad Request: can't parse entities: "), "{broken}: {refused}");
    }
    assert_eq!(play.last(), before);
    let (status, answer) = play.raw("sendMessage", json!({"chat_id": ANN, "text": "x", "parse_mode": "Word"})).await;
    assert_eq!((status, &answer["description"]), (400, &json!("Bad Request: unsupported parse_mode")));
}

#[tokio::test]
async fn buttons_are_checked_and_do_what_they_say() {
    let play = Play::with_ann().await;
    let send = |button| play.bot.send_message(CHAT, "Pay").reply_markup(keyboard(vec![button]));
    let too_much = send(InlineKeyboardButton::callback("x", "d".repeat(65))).await;
    assert!(matches!(too_much, Err(RequestError::Api(ApiError::ButtonDataInvalid))));
    let (status, answer) =
        play.raw("sendMessage", json!({"chat_id": ANN, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x"}]]}})).await;
    assert_eq!(status, 400);
    assert!(answer["description"].as_str().unwrap().ends_with("Text buttons are unallowed in the inline keyboard"));

    let copied = InlineKeyboardButtonKind::CopyText(CopyTextButton { text: "TXYZ".to_owned() });
    let sent = send(InlineKeyboardButton::new("Copy address", copied)).await.unwrap();
    let tapped = play.sandbox.telegram.tap_label(ANN, sent.id.0, "Copy address").unwrap();
    assert_eq!(tapped, Tapped::Copied("TXYZ".to_owned()));
    let sent = send(InlineKeyboardButton::url("Site", "https://example.org/".parse().unwrap())).await.unwrap();
    let tapped = play.sandbox.telegram.tap_label(ANN, sent.id.0, "Site").unwrap();
    assert_eq!(tapped, Tapped::Opened("https://example.org/".to_owned()));
    assert_eq!(play.sandbox.telegram.tap_label(ANN, sent.id.0, "Buy").unwrap_err().status, 404);
    assert!(play.updates().await.is_empty(), "neither is the bot's business");
}

#[tokio::test]
async fn an_edit_says_why_it_is_refused() {
    let play = Play::with_ann().await;
    let buttons = || keyboard(vec![InlineKeyboardButton::callback("x", "x")]);
    let text = play.bot.send_message(CHAT, "one").reply_markup(buttons()).await.unwrap();
    let same = play.bot.edit_message_text(CHAT, text.id, "one").reply_markup(buttons()).await;
    assert!(matches!(same, Err(RequestError::Api(ApiError::MessageNotModified))));
    let same = play.bot.edit_message_reply_markup(CHAT, text.id).reply_markup(buttons()).await;
    assert!(matches!(same, Err(RequestError::Api(ApiError::MessageNotModified))));
    play.bot.edit_message_reply_markup(CHAT, text.id).await.unwrap();
    assert_eq!(play.last()["keyboard"], json!([]));

    let missing = play.bot.edit_message_text(CHAT, MessageId(9_999), "two").await;
    assert!(matches!(missing, Err(RequestError::Api(ApiError::MessageToEditNotFound))));
    let photo = play.bot.send_photo(CHAT, InputFile::memory(png(9, 9))).await.unwrap();
    assert_eq!(refusal(play.bot.edit_message_text(CHAT, photo.id, "two").await), "Bad Request: there is no text in the message to edit");
    assert_eq!(refusal(play.bot.edit_message_caption(CHAT, text.id).await), "Bad Request: there is no caption in the message to edit");
    let hers = MessageId(play.sandbox.telegram.say(ANN, "mine").unwrap());
    let stolen = play.bot.edit_message_text(CHAT, hers, "yours").await;
    assert!(matches!(stolen, Err(RequestError::Api(ApiError::MessageCantBeEdited))));
}

#[tokio::test]
async fn a_text_can_become_a_picture() {
    let play = Play::with_ann().await;
    let text = play.bot.send_message(CHAT, "soon").await.unwrap();
    let media = InputMedia::Photo(InputMediaPhoto::new(InputFile::memory(png(50, 50))).caption("now"));
    let edited = play.bot.edit_message_media(CHAT, text.id, media).await.unwrap();
    assert_eq!((edited.id, edited.caption(), edited.text()), (text.id, Some("now"), None));
}

#[tokio::test]
async fn pictures_must_be_pictures_of_a_sane_shape() {
    let play = Play::with_ann().await;
    let send = |bytes: Vec<u8>| play.bot.send_photo(CHAT, InputFile::memory(bytes));
    assert!(matches!(send(b"GIF89a".to_vec()).await, Err(RequestError::Api(ApiError::ImageProcessFailed))));
    let mut torn = png(40, 40);
    torn.truncate(50);
    assert!(matches!(send(torn).await, Err(RequestError::Api(ApiError::ImageProcessFailed))));
    assert_eq!(refusal(send(png(210, 10)).await), "Bad Request: PHOTO_INVALID_DIMENSIONS");
    assert_eq!(refusal(send(png(9_900, 500)).await), "Bad Request: PHOTO_INVALID_DIMENSIONS");
    assert!(send(png(200, 10)).await.is_ok());
    let unknown = play.bot.send_photo(CHAT, InputFile::file_id(FileId("photo-99".to_owned()))).await;
    assert!(matches!(unknown, Err(RequestError::Api(ApiError::WrongFileIdOrUrl))));
}

#[tokio::test]
async fn a_bot_can_write_only_to_who_wrote_first_and_did_not_block_it() {
    let play = Play::begin().await;
    assert!(matches!(play.bot.send_message(CHAT, "hi").await, Err(RequestError::Api(ApiError::ChatNotFound))));
    play.sandbox.telegram.say(ANN, "/start").unwrap();
    let sent = play.bot.send_message(CHAT, "hi").await.unwrap();
    play.updates().await;

    play.sandbox.telegram.block(ANN, true).unwrap();
    assert!(matches!(play.bot.send_message(CHAT, "hi").await, Err(RequestError::Api(ApiError::BotBlocked))));
    assert_eq!(play.sandbox.telegram.say(ANN, "hello?").unwrap_err().status, 409);
    assert_eq!(play.sandbox.telegram.tap(ANN, sent.id.0, "x").unwrap_err().status, 409);
    play.sandbox.telegram.block(ANN, false).unwrap();
    assert!(play.bot.send_message(CHAT, "hi").await.is_ok());
    let updates = play.updates().await;
    let members = updates.iter().map(|update| match &update.kind {
        UpdateKind::MyChatMember(member) => member.new_chat_member.is_present(),
        other => panic!("not a membership: {other:?}"),
    });
    assert_eq!(members.collect::<Vec<_>>(), [false, true]);
}

#[tokio::test]
async fn a_tap_is_answered_once_and_in_time() {
    let play = Play::with_ann().await;
    let sent = play.bot.send_message(CHAT, "x").await.unwrap();
    let answer = |id: &str| play.bot.answer_callback_query(CallbackQueryId(id.to_owned()));
    let too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid";
    let tap = || play.sandbox.telegram.tap(ANN, sent.id.0, "not on any button").unwrap();

    let first = tap();
    assert!(matches!(answer(&first).text("t".repeat(201)).await, Err(RequestError::Api(ApiError::EditedMessageIsTooLong))));
    assert!(answer(&first).text("t".repeat(200)).show_alert(true).await.is_ok());
    assert_eq!(play.sandbox.telegram.chat(ANN, 0)["toasts"][0]["alert"], true);
    assert_eq!(refusal(answer(&first).await), too_old);
    assert_eq!(refusal(answer("12345").await), too_old);

    let (in_time, late) = (tap(), tap());
    play.sandbox.clock.advance(149);
    assert!(answer(&in_time).await.is_ok());
    play.sandbox.clock.advance(1);
    assert_eq!(refusal(answer(&late).await), too_old);
    assert!(play.updates().await.is_empty(), "nor is a tap kept that long");
}

#[tokio::test]
async fn only_young_messages_can_be_deleted() {
    let play = Play::with_ann().await;
    let [young, old] = [play.bot.send_message(CHAT, "1").await.unwrap(), play.bot.send_message(CHAT, "2").await.unwrap()];
    play.sandbox.clock.advance(48 * 3_600 - 1);
    play.bot.delete_message(CHAT, young.id).await.unwrap();
    play.sandbox.clock.advance(1);
    assert!(matches!(play.bot.delete_message(CHAT, old.id).await, Err(RequestError::Api(ApiError::MessageCantBeDeleted))));
    assert!(matches!(play.bot.delete_message(CHAT, young.id).await, Err(RequestError::Api(ApiError::MessageToDeleteNotFound))));
    let chat = play.sandbox.telegram.chat(ANN, 0);
    let gone = chat["messages"].as_array().unwrap().iter().filter(|message| message["deleted"] == true).collect::<Vec<_>>();
    assert_eq!((gone.len(), &gone[0]["message_id"], &gone[0]["text"]), (1, &json!(young.id.0), &json!("")));
}

#[tokio::test]
async fn a_burst_in_one_chat_is_slowed_down() {
    let play = Play::with_ann().await;
    play.sandbox.telegram.say(2_002, "/start").unwrap();
    play.sandbox.telegram.set_rate_limits(true);
    let mut passed = 0;
    let slowed = loop {
        match play.bot.send_message(CHAT, "again").await {
            Ok(_) => passed += 1,
            Err(slowed) => break slowed,
        }
    };
    assert!(passed >= 20, "a burst of {passed}");
    let RequestError::RetryAfter(wait) = slowed else { panic!("not slowed down: {slowed}") };
    assert_eq!(wait.seconds(), 1);
    assert!(play.bot.send_message(ChatId(2_002), "other chats go on").await.is_ok());
    play.sandbox.clock.advance(wait.seconds());
    assert!(play.bot.send_message(CHAT, "again").await.is_ok());
}

#[tokio::test]
async fn updates_wait_until_they_are_confirmed() {
    let play = Play::begin().await;
    for text in ["1", "2", "3"] {
        play.sandbox.telegram.say(ANN, text).unwrap();
    }
    let (_, answer) = play.raw("GETUPDATES", json!({"limit": 2})).await;
    let first = answer["result"][0]["update_id"].as_i64().unwrap();
    assert_eq!(answer["result"].as_array().unwrap().len(), 2);
    let ids = |answer: &Value| {
        answer["result"].as_array().unwrap().iter().map(|it| it["update_id"].as_i64().unwrap() - first).collect::<Vec<_>>()
    };
    assert_eq!(ids(&play.raw("getUpdates", json!({})).await.1), [0, 1, 2], "what is not confirmed comes again");
    assert_eq!(ids(&play.raw("getUpdates", json!({"offset": first + 1})).await.1), [1, 2]);
    assert_eq!(ids(&play.raw("getUpdates", json!({"offset": -1})).await.1), [2]);
    assert_eq!(play.sandbox.telegram.pending_updates(), 1);
    play.sandbox.clock.advance(24 * 3_600);
    assert_eq!(ids(&play.raw("getUpdates", json!({})).await.1), [0; 0]);
}

#[tokio::test]
async fn an_update_begins_with_its_id() {
    let play = Play::begin().await;
    play.sandbox.telegram.say(ANN, "x").unwrap();
    let url = format!("{}/telegram/bot{TOKEN}/getUpdates?limit=1", play.base);
    let text = client().get(url).send().await.unwrap().text().await.unwrap();
    assert!(text.starts_with("{\"ok\":true,\"result\":[{\"update_id\":"), "{text}");
}

#[tokio::test]
async fn a_long_poll_ends_with_the_first_update_or_the_next_poll() {
    let play = Play::begin().await;
    let poll = || {
        let bot = play.bot.clone();
        tokio::spawn(async move { bot.get_updates().timeout(15).await })
    };
    let (mut one, mut other) = (poll(), poll());
    let (ended, going_on) = tokio::select! {
        ended = &mut one => (ended, other),
        ended = &mut other => (ended, one),
    };
    assert!(matches!(ended.unwrap(), Err(RequestError::Api(ApiError::TerminatedByOtherGetUpdates))));
    play.sandbox.telegram.say(ANN, "wake up").unwrap();
    assert_eq!(going_on.await.unwrap().unwrap().len(), 1);
}

#[tokio::test]
async fn a_bot_gets_the_kinds_of_updates_it_asked_for() {
    let play = Play::begin().await;
    play.bot.get_updates().allowed_updates([AllowedUpdate::CallbackQuery]).await.unwrap();
    let message = play.sandbox.telegram.say(ANN, "not wanted").unwrap();
    play.sandbox.telegram.tap(ANN, message, "wanted").unwrap();
    let updates = play.updates().await;
    assert!(matches!(&updates[..], [Update { kind: UpdateKind::CallbackQuery(_), .. }]), "{updates:?}");
}

/// A bot's webhook that refuses the first push; every push goes out as (secret, text of the message).
async fn webhook() -> (String, tokio::sync::mpsc::UnboundedReceiver<(String, String)>) {
    let (heard, pushes) = tokio::sync::mpsc::unbounded_channel();
    let refused = std::sync::atomic::AtomicBool::new(false);
    let hook = move |headers: axum::http::HeaderMap, axum::Json(update): axum::Json<Value>| {
        let secret = headers.get("X-Telegram-Bot-Api-Secret-Token").map(|it| it.to_str().unwrap().to_owned());
        heard.send((secret.unwrap_or_default(), update["message"]["text"].as_str().unwrap().to_owned())).unwrap();
        let again = !refused.swap(true, std::sync::atomic::Ordering::SeqCst);
        std::future::ready(if again { axum::http::StatusCode::SERVICE_UNAVAILABLE } else { axum::http::StatusCode::OK })
    };
    let hook = std::sync::Arc::new(hook);
    let route = axum::routing::post(move |headers, body| hook(headers, body));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().route("/hook", route)).await });
    (url, pushes)
}

#[tokio::test]
async fn a_webhook_gets_everything_in_order_with_the_secret() {
    let play = Play::begin().await;
    play.sandbox.telegram.say(ANN, "one").unwrap();
    let (url, mut pushes) = webhook().await;
    play.bot.set_webhook(url.parse().unwrap()).secret_token("s3cret-1".to_owned()).await.unwrap();
    play.sandbox.telegram.say(ANN, "two").unwrap();
    let mut heard = Vec::new();
    for _ in 0..3 {
        let (secret, text) = tokio::time::timeout(Duration::from_secs(10), pushes.recv()).await.unwrap().unwrap();
        assert_eq!(secret, "s3cret-1");
        heard.push(text);
    }
    assert_eq!(heard, ["one", "one", "two"], "what was not taken comes again, and nothing overtakes it");

    let beside = play.bot.get_updates().await;
    assert!(beside.unwrap_err().to_string().contains("can't use getUpdates method while webhook is active"));
    let info = play.bot.get_webhook_info().await.unwrap();
    assert_eq!(info.url.unwrap().as_str(), url);
    assert!(info.last_error_message.unwrap().contains("503"));
    play.bot.delete_webhook().await.unwrap();
    assert!(play.bot.get_updates().await.is_ok());
}

#[tokio::test]
async fn a_webhook_must_be_one_that_telegram_would_call() {
    let play = Play::begin().await;
    for (url, secret) in [("http://example.org/", ""), ("https://example.org:8080/", ""), ("https://example.org/", "a b")] {
        let (status, answer) = play.raw("setWebhook", json!({"url": url, "secret_token": secret})).await;
        assert_eq!((status, &answer["ok"]), (400, &json!(false)), "{url} {secret}");
    }
}

#[tokio::test]
async fn a_call_is_understood_in_every_documented_form() {
    let play = Play::with_ann().await;
    let url = |method: &str| format!("{}/telegram/bot{TOKEN}/{method}", play.base);
    let get = client().get(format!("{}?chat_id={ANN}&text=by+query", url("sendmessage"))).send().await.unwrap();
    assert_eq!(get.status(), 200);
    assert_eq!(play.last()["text"], "by query");
    let markup = r#"{"inline_keyboard":[[{"text":"x","callback_data":"y"}]]}"#;
    let body = format!("chat_id={ANN}&text=by%20form&reply_markup={}", markup.replace('"', "%22"));
    let form =
        client().post(url("SENDMESSAGE")).header("Content-Type", "application/x-www-form-urlencoded").body(body).send().await.unwrap();
    assert_eq!(form.status(), 200);
    assert_eq!((&play.last()["text"], &play.last()["keyboard"][0][0]["data"]), (&json!("by form"), &json!("y")));
    let parts = reqwest::multipart::Form::new()
        .text("chat_id", ANN.to_string())
        .part("document", reqwest::multipart::Part::bytes(b"KEY-1".to_vec()).file_name("keys.txt"));
    let multipart = client().post(url("sendDocument")).multipart(parts).send().await.unwrap();
    assert_eq!(multipart.status(), 200);
    assert_eq!(play.last()["document"]["file_name"], "keys.txt");
}

#[tokio::test]
async fn a_call_that_makes_no_sense_is_refused() {
    let play = Play::with_ann().await;
    let stranger = client().get(format!("{}/telegram/bot777:wrong/getMe", play.base)).send().await.unwrap();
    assert_eq!(stranger.status(), 401);
    let answer: Value = stranger.json().await.unwrap();
    assert_eq!(answer, json!({"ok": false, "error_code": 401, "description": "Unauthorized"}));
    assert_eq!(play.raw("sendPizza", json!({})).await.0, 404);
    for wrong in [
        json!({"text": "x"}),
        json!({"chat_id": ANN}),
        json!({"chat_id": ANN, "text": 5}),
        json!({"chat_id": ANN, "text": "x", "protect_content": "perhaps"}),
        json!({"chat_id": ANN, "text": "x", "reply_markup": [1]}),
        json!({"chat_id": ANN, "text": "x", "reply_parameters": {"message_id": 9_999}}),
        json!({"chat_id": "@channel", "text": "x"}),
    ] {
        assert_eq!(play.raw("sendMessage", wrong.clone()).await.0, 400, "{wrong}");
    }
    assert_eq!(play.raw("sendMessage", json!({"chat_id": ANN, "text": "x", "no_such_parameter": 1})).await.0, 200);
}

#[tokio::test]
async fn a_file_from_a_person_reaches_the_bot() {
    let play = Play::begin().await;
    let file = Picture { as_photo: false, name: "stock.csv".to_owned(), mime: None, bytes: Bytes::from_static(b"KEY-1\nKEY-2\n") };
    play.sandbox.telegram.send(ANN, Saying { text: "new stock".to_owned(), file: Some(file), ..Saying::default() }).unwrap();
    let updates = play.updates().await;
    let UpdateKind::Message(message) = &updates[0].kind else { panic!("not a message: {updates:?}") };
    let document = message.document().unwrap();
    assert_eq!((document.file_name.as_deref(), message.caption()), (Some("stock.csv"), Some("new stock")));
    assert_eq!(document.mime_type.as_ref().unwrap().essence_str(), "text/csv");
    let file = play.bot.get_file(document.file.id.clone()).await.unwrap();
    let mut bytes = std::io::Cursor::new(Vec::new());
    play.bot.download_file(&file.path, &mut bytes).await.unwrap();
    assert_eq!(bytes.into_inner(), b"KEY-1\nKEY-2\n");
}

#[tokio::test]
async fn several_files_arrive_as_one_album() {
    let play = Play::with_ann().await;
    let document =
        |name: &'static str| InputMedia::Document(InputMediaDocument::new(InputFile::memory(name).file_name(name)).caption(name));
    let sent = play.bot.send_media_group(CHAT, [document("a.txt"), document("b.txt")]).await.unwrap();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].media_group_id(), sent[1].media_group_id());
    assert_eq!((sent[1].document().unwrap().file_name.as_deref(), sent[1].caption()), (Some("b.txt"), Some("b.txt")));
    assert!(play.bot.send_media_group(CHAT, [document("alone.txt")]).await.is_err());
    let copied = play.bot.copy_message(CHAT, CHAT, sent[0].id).caption("copied").await.unwrap();
    assert_eq!((&play.last()["message_id"], &play.last()["text"]), (&json!(copied.0), &json!("copied")));
}

#[tokio::test]
async fn commands_are_those_of_the_person_and_the_language() {
    let play = Play::with_ann().await;
    let set = |name: &str, scope: BotCommandScope, language: &str| {
        let set = play.bot.set_my_commands([BotCommand::new(name, "what it does")]).scope(scope);
        if language.is_empty() { set } else { set.language_code(language) }
    };
    let seen = || play.sandbox.telegram.chat(ANN, 0)["commands"][0]["command"].clone();
    assert_eq!(seen(), Value::Null);
    set("everybody", BotCommandScope::Default, "").await.unwrap();
    assert_eq!(seen(), "everybody");
    set("buyers", BotCommandScope::AllPrivateChats, "").await.unwrap();
    set("russian", BotCommandScope::AllPrivateChats, "ru").await.unwrap();
    assert_eq!(seen(), "buyers");
    set("english", BotCommandScope::AllPrivateChats, "en").await.unwrap();
    assert_eq!(seen(), "english");
    set("hers", BotCommandScope::Chat { chat_id: CHAT.into() }, "").await.unwrap();
    assert_eq!(seen(), "hers");
    let stranger = BotCommandScope::Chat { chat_id: ChatId(5).into() };
    assert!(matches!(set("nobody", stranger, "").await, Err(RequestError::Api(ApiError::ChatNotFound))));
    assert!(set("Not-A-Command", BotCommandScope::Default, "").await.is_err());
}

#[tokio::test]
async fn the_bot_is_called_what_it_calls_itself() {
    let play = Play::with_ann().await;
    play.bot.set_my_name().await.unwrap();
    assert_eq!(play.raw("setMyName", json!({"name": "Night Owl Store"})).await.0, 200);
    assert_eq!(play.raw("setMyName", json!({"name": "n".repeat(65)})).await.0, 400);
    assert_eq!(play.bot.get_my_name().await.unwrap().name, "Night Owl Store");
    assert_eq!(play.bot.get_me().await.unwrap().first_name, "Night Owl Store");
    assert_eq!(play.sandbox.telegram.chat(ANN, 0)["title"], "Night Owl Store");
}

#[tokio::test]
async fn telegram_fails_when_it_is_told_to() {
    let play = Play::with_ann().await;
    let strike =
        |faults: CallFaults| play.sandbox.faults.set(Faults { telegram: CallFaults { times: Some(1), ..faults }, ..Faults::default() });
    let say = || play.bot.send_message(CHAT, "x");

    strike(CallFaults { status: Some(429), retry_after: Some(7), ..CallFaults::default() });
    assert!(matches!(say().await, Err(RequestError::RetryAfter(wait)) if wait.seconds() == 7));
    strike(CallFaults { status: Some(400), description: Some("Bad Request: chat not found".to_owned()), ..CallFaults::default() });
    assert!(matches!(say().await, Err(RequestError::Api(ApiError::ChatNotFound))));
    strike(CallFaults { garbage: true, ..CallFaults::default() });
    assert!(matches!(say().await, Err(RequestError::InvalidJson { .. })));
    strike(CallFaults { close: true, ..CallFaults::default() });
    assert!(matches!(say().await, Err(RequestError::Network(_))));
    strike(CallFaults { hang_secs: Some(0), methods: vec!["SENDMESSAGE".to_owned()], ..CallFaults::default() });
    assert!(play.bot.get_me().await.is_ok(), "only the methods that are named");
    assert!(matches!(say().await, Err(RequestError::Network(_))));
    assert_eq!(play.last()["text"], "/start", "none of them did anything");

    strike(CallFaults { close: true, after_accepting: true, ..CallFaults::default() });
    assert!(matches!(say().await, Err(RequestError::Network(_))));
    assert_eq!(play.last()["text"], "x", "the caller cannot know");
    assert!(say().await.is_ok(), "and then it is over");
    strike(CallFaults { status: Some(502), ..CallFaults::default() });
    let (status, answer) = play.raw("getMe", json!({})).await;
    assert_eq!((status, answer), (502, json!({"ok": false, "error_code": 502, "description": "Bad Gateway"})));
}

#[tokio::test]
async fn a_demo_that_is_killed_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let play = Play::open(Some(dir.path()), Clock::manual(NOW)).await;
    play.sandbox.telegram.say(ANN, "/start").unwrap();
    let photo = play.bot.send_photo(CHAT, InputFile::memory(png(30, 30))).await.unwrap();
    play.sandbox.telegram.tap(ANN, photo.id.0, "b:1").unwrap();
    let (status, moved) = play.control(reqwest::Method::POST, "/clock", json!({"advance_secs": 90})).await;
    assert_eq!((status, moved), (200, json!({"now": NOW + 90})));
    let before = play.sandbox.telegram.chat(ANN, 0);

    let next = Play::open(Some(dir.path()), Clock::manual(NOW)).await;
    assert_eq!(next.sandbox.clock.now(), NOW + 90);
    assert_eq!(next.sandbox.telegram.chat(ANN, 0), before);
    let updates = next.updates().await;
    let [message, tap] = &updates[..] else { panic!("not two updates: {updates:?}") };
    assert!(matches!((&message.kind, &tap.kind), (UpdateKind::Message(_), UpdateKind::CallbackQuery(_))));
    let UpdateKind::CallbackQuery(query) = &tap.kind else { panic!("not a tap") };
    next.bot.answer_callback_query(query.id.clone()).await.unwrap();
    let file_id = photo.photo().unwrap().last().unwrap().file.id.clone();
    assert!(next.sandbox.telegram.file(&file_id.0).is_some_and(|(bytes, ..)| bytes == png(30, 30)));
    assert!(next.bot.send_photo(CHAT, InputFile::file_id(file_id)).await.unwrap().id.0 > photo.id.0);
}

#[tokio::test]
async fn the_control_api_is_a_person_at_a_phone() {
    use reqwest::Method;
    let play = Play::begin().await;
    let bob = json!({"first_name": "Bob", "username": "bob", "language_code": "ru", "role": "seller"});
    assert_eq!(play.control(Method::PUT, "/users/5", bob).await.0, 200);
    let (status, said) = play.control(Method::POST, "/users/5/messages", json!({"text": "/start"})).await;
    assert_eq!(status, 200);
    let updates = play.updates().await;
    assert_eq!(updates[0].from().unwrap().language_code.as_deref(), Some("ru"));

    let buttons = keyboard(vec![InlineKeyboardButton::callback("Купить", "b:1")]);
    let sent = play.bot.send_message(ChatId(5), "Чай").reply_markup(buttons).await.unwrap();
    let since = said["message_id"].as_i64().unwrap();
    let url = format!("{}/sandbox/users/5/chat?since={since}&wait=1", play.base);
    let chat: Value = client().get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(chat["messages"].as_array().unwrap().len(), 1, "only what is newer");
    assert_eq!(chat["messages"][0]["from"], "bot");

    let bot = play.bot.clone();
    let waiting = tokio::spawn(async move {
        let updates = bot.get_updates().timeout(10).await.unwrap();
        let UpdateKind::CallbackQuery(query) = &updates[0].kind else { panic!("not a tap: {updates:?}") };
        bot.answer_callback_query(query.id.clone()).await.unwrap();
    });
    let tap = json!({"message_id": sent.id.0, "text": "Купить", "wait": true});
    let (status, tapped) = play.control(Method::POST, "/users/5/taps", tap).await;
    assert_eq!((status, &tapped["answered"]), (200, &json!(true)));
    waiting.await.unwrap();

    let (_, state) = play.control(Method::GET, "/state", json!({})).await;
    assert_eq!((&state["now"], &state["shop"]["bot"]["id"]), (&json!(NOW), &json!(777)));
    assert_eq!(state["telegram_api"], format!("{}/telegram", play.base));
    assert_eq!(state["users"].as_array().unwrap().len(), 2);
    assert_eq!(play.control(Method::PUT, "/faults", json!({"telegram": {"status": 500}})).await.0, 200);
    assert_eq!(play.sandbox.faults.get().telegram.status, Some(500));

    for (method, path, body, status) in [
        (Method::POST, "/users/5/taps", json!({"message_id": 999, "data": "x"}), 404),
        (Method::POST, "/users/5/taps", json!({"message_id": sent.id.0}), 400),
        (Method::POST, "/users/bob/taps", json!({"message_id": sent.id.0}), 400),
        (Method::POST, "/users/5/messages", json!({"text": " "}), 400),
        (Method::PUT, "/users/5", json!({"role": "thief"}), 400),
        (Method::PUT, "/faults", json!({"telegram": {"statsu": 500}}), 400),
        (Method::POST, "/users/6/block", json!({"blocked": true}), 404),
        (Method::GET, "/nowhere", json!({}), 404),
        (Method::GET, "/clock", json!({}), 405),
    ] {
        let (got, answer) = play.control(method, path, body).await;
        assert_eq!(got, status, "{path}: {answer}");
        assert!(answer["error"].is_string(), "{path}: {answer}");
    }
}

#[tokio::test]
async fn odd_updates_are_delivered_as_they_are() {
    let play = Play::begin().await;
    let odd = json!({"managed_bot": {"what": "ever"}});
    let (status, put) = play.control(reqwest::Method::POST, "/updates", odd).await;
    assert_eq!(status, 200);
    let (_, got) = play.raw("getUpdates", json!({})).await;
    assert_eq!(got["result"][0], json!({"update_id": put["update_id"], "managed_bot": {"what": "ever"}}));
}

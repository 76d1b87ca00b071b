# English. Messages are Telegram HTML; buttons, toasts, commands and single words are plain text.

## The front and the shelves

front-title = <b>{ $shop }</b>
front-greeting = Welcome! Pick something, choose a coin, pay from any wallet. Goods come right here in the chat.
front-empty = The shelves are empty just now. Please look in again later.
shelf-title = <b>{ $name }</b>
shelf-empty = Nothing is left on this shelf.
not-understood = Sorry, I only understand buttons and commands. Here is the shop:
old-button = This button is from long ago. Here is the shop as it is now.
sorry = Something went wrong on our side, and nothing was lost. Please try again in a moment. If it stays, tell /support this code: <code>{ $reference }</code>

## A product

product-price = 💵 <b>{ $price }</b>
product-total = 💵 { $price } × { $quantity } = <b>{ $total }</b>
product-sold-out = 😴 Sold out. Please look in again later.
product-few = { $count ->
    [one] 🔥 The last one. Delivered here right after payment.
   *[other] 🔥 Only { $count } left. Delivered here right after payment.
}
product-instant = ⚡ Delivered here right after payment.
product-by-hand = 🤝 The seller hands it over and writes to you here.
product-gone = This product is not for sale any more.
only-left = { $count ->
    [0] Sold out. Somebody was faster.
    [one] Only one is left.
   *[other] Only { $count } are left.
}

## Buying

order-summary = 🧾 <b>Order #{ $order }</b>
    { $what } — <b>{ $total }</b>
order-credit = 💰 of which { $amount } from your credit
order-gone = This order does not exist any more.
hint-text = Please write your answer here.
hint-address = Please write the full address here: name, street, town, post code, country.
hint-phone = Please write the number here, with the country code, like +49 151 23456789.
hint-choice = Please choose one.
answer-too-long = ⚠️ That was longer than { $count } characters. Please write it shorter.
answer-unfit = ⚠️ That does not look right. Please try once more.
pick-asset = <b>What would you like to pay with?</b>
pick-asset-rest = 💰 { $credit } of your credit will be used; <b>{ $rest }</b> is left to pay.
    <b>What would you like to pay it with?</b>
pick-network = <b>{ $asset } on which network?</b>
    Take the one your wallet or exchange sends on. Money sent on another network does not arrive.
fee-low = low fee
fee-medium = medium fee
fee-high = high fee
no-coins = No coin can be used for payment just now. Please try again in a few minutes.
ask-cancel = <b>Cancel this order?</b>
    If you have already sent money, do not cancel: it is on its way to us.
toast-asking = Getting your payment address…
toast-sold-out = Somebody was faster: there is not enough left. Nothing was charged.
toast-too-many-open = You have several orders waiting for payment. Please pay or cancel one of them first: /orders
toast-too-often = That were many addresses in a short time. Please use one of them, or try again in an hour.
toast-coin-off = This coin cannot be used just now. Please choose another one.
toast-credit-covers = Your credit is enough for the whole order now. You can pay with it at once.
toast-credit-too-little = There is not enough credit for that any more. Nothing was charged.
toast-paid-with-credit = Paid with your credit. Thank you!
toast-changed = That offer has ended. Here is what it is now.
toast-money-seen = Part of the money has already come for this order. Please send the rest to the same address.
toast-checking = We are looking for your payment. A network needs some minutes to confirm it; this card changes by itself as soon as it is there.
toast-cancelled = Cancelled. Nothing was charged.
toast-resent = Here it comes again.
toast-nothing-to-send = There is nothing to send for this order yet.

## The payment card

card-asking = ⏳ Getting your address for { $asset } on { $network }…
card-slow = ⏳ Getting an address for { $asset } on { $network } takes longer than usual. We keep trying; this card changes by itself. You can also choose another coin.
card-pay = Send exactly
    <code>{ $amount }</code> <b>{ $asset }</b>
    on the network <b>{ $network }</b> to
    <code>{ $address }</code>

    ⏳ Pay before { $before }
card-rules = ❗ Only { $asset } on { $network }, exactly this amount after your wallet's or exchange's fee, and to this address only once.
card-rules-rest = ❗ Only { $asset } on { $network }, exactly this amount after your wallet's or exchange's fee, and before the time is over.
card-part = 🟡 <b>{ $paid } { $asset } has come.</b> Please send the rest to the same address:
card-checking = ⏳ The time to pay is over. We are checking whether your payment has come in time. Please do not send anything now.
card-no-address = 😕 There is no address for { $asset } on { $network } just now. Please choose another coin. Nothing was charged.
card-paid = ✅ <b>Paid. Thank you!</b>
card-received = Received: { $amount } { $asset } · { $network }
card-expired = ⌛ <b>The time to pay is over.</b> Please do not send anything to the old address.
    Did you pay in the last moment? We keep looking for it: money that comes late is not lost.
card-credited = What you sent is yours: { $amount } is on your /balance.
card-cancelled = ✖️ <b>Cancelled.</b> Please do not send anything to the old address.
card-given-back = ↩️ <b>This order ended without its goods.</b> The seller has settled it with you: see /balance and the messages here, or write to /support.

## Goods

goods-coming = ✅ <b>Payment received for order #{ $order }.</b> Your goods are on their way into this message…
goods-title = 📦 <b>Your goods · order #{ $order }</b>
goods-as-file = 📦 <b>Your goods · order #{ $order }</b>
    They are in the file below. You can have them again at any time under /orders.
goods-files = { $count ->
    [one] 📎 The file comes below.
   *[other] 📎 { $count } files come below.
}
goods-again = You can have this again at any time under /orders.
goods-reveal = Tap to reveal.
seller-note = 💬 From the seller: { $note }

## Orders

orders-title = 🧾 <b>Your orders</b>
orders-none = 🧾 You have not ordered anything yet.
word-waiting = waiting
word-seen = part paid
word-paid = paid
word-delivering = delivering
word-delivered = delivered
word-needs-you = being checked
word-cancelled = cancelled
word-expired = expired
standing-waiting = Waiting for your payment.
standing-seen = Part of the money has come; the rest is awaited.
standing-paid = The seller has been told and will hand it over.
standing-delivering = Your goods are on their way into this chat.
standing-delivered = Delivered.
standing-needs-you = Paid. The seller must look after it and has been told; your money is safe.
standing-cancelled = Cancelled.
standing-expired = Not paid in time.

## Pages

help = <b>How { $shop } works</b>

    1. Pick a product and tap <b>Buy</b>.
    2. Choose a coin and its network.
    3. Send exactly the amount shown to the address shown, from any wallet or exchange.
    4. Your goods come here by themselves, some minutes after the payment.

    Everything you bought stays under /orders.
support = Questions about an order? Write to { $contact } and name the order's number.
support-none = The shop has not named a contact yet. Your orders and their numbers are under /orders.
terms = <b>Terms</b>
    You buy from the seller of this shop. An order is a promise at the price shown, for as long as its payment card says. Crypto payments cannot be undone; money that comes late or twice is credited to your /balance or looked after by the seller. For anything else write to /support.
privacy = <b>Privacy</b>
    This shop keeps your Telegram name and number, your orders, and what you answered in them, to serve you. Answers and goods are encrypted where they are stored. Nothing is passed to anybody but what a payment needs: an order number and an amount. Ask /support to have your data deleted.
balance = 💰 Your credit: <b>{ $amount }</b>
    Money that came twice, late or too much is kept here for you. You can pay your next order with it, wholly or in part, or ask /support to have it back.
credit-surplus = more came than was due for #{ $order }
credit-duplicate = #{ $order } was paid once more
credit-short = too little came in time for #{ $order }
credit-late = money came too late for #{ $order }
credit-spent-on = paid for #{ $order }
credit-completed = the rest for #{ $order } came after all
credit-returned = given back: #{ $order } was not bought
credit-seller = from the seller, about #{ $order }
credit-other = an earlier entry
language-page = <b>Language</b>
    In which language shall we talk?

## Forms

form-text-please = Please answer with a text message, or tap Cancel above. /cancel ends it too.
form-ended = Ended. Nothing was changed. /start shows the shop.

## Notices

notice-sale = 💰 <b>Sold</b> to { $buyer }
notice-hand-over = 🤝 This one is handed over by you.
notice-case = ⚠️ <b>Order #{ $order } needs you</b>
    { $what }: { $detail }
notice-provider = ⚠️ <b>Payments need you</b>
    { $detail }
    Please look at the project's settings at the payment provider: key, coins, H2H, test mode.
notice-restored = ⚠️ <b>This shop was put back from a backup</b>
    { $units ->
        [0] No stock had to be set aside.
        [one] { $units } unit of stock was set aside in a hidden product whose name begins with “Set aside”: it may have been sold after the backup was made. Sell it again only if you know that it was not.
       *[other] { $units } units of stock were set aside in hidden products whose names begin with “Set aside”: some may have been sold after the backup was made. Sell again only what you know was not.
    }
    Orders made since then are unknown here. I tell you of payments that belong to none of mine.
notice-surplus = 💰 More came for order #{ $order } than was due. { $amount } is on your /balance.
notice-duplicate = 💰 Order #{ $order } was already paid, and more came. { $amount } is on your /balance.
notice-short = 💰 The time for order #{ $order } is over, and only part of its price came. { $amount } is on your /balance.
notice-refunded = ↩️ The seller has sent the money for order #{ $order } back to you: { $note }
notice-credit-spent = 💰 Your payment for order #{ $order } came after its time, and the credit that was to pay the other part of it is not there any more. What you sent is yours: { $amount } is on your /balance. The seller has been told as well.
notice-seller-credit = 💰 The seller has credited you { $amount } because of order #{ $order }. It is on your /balance.
notice-customer-credited = 💰 A customer was credited { $amount } for order #{ $order } ({ $reason }).
notice-handed-over = 🤝 <b>Order #{ $order } was handed over to you.</b>
notice-needs-seller = ✅ We have your payment for order #{ $order }. The seller must look after it and has been told; your money is safe.

## The seller

claimed = 👑 <b>This shop is yours now.</b> Everything is in the panel.
claim-refused = This link does not open a shop. It works once only; the shop's operator finds a new one in the log of the next start, as long as the shop has no owner.
not-allowed = Your role in this shop does not include that. The owner decides who may do what.
panel-title = 🛠 <b>{ $shop }</b>
panel-sales = { $orders ->
    [0] 💰 Today (UTC): nothing sold yet
    [one] 💰 Today (UTC): one order, { $sum }
   *[other] 💰 Today (UTC): { $orders } orders, { $sum }
}
panel-to-hand-over = { $count ->
    [0] 🤝 Nothing waits to be handed over
    [one] 🤝 <b>One order waits for you</b>
   *[other] 🤝 <b>{ $count } orders wait for you</b>
}
panel-cases = { $count ->
    [0] ✅ No open cases
    [one] ⚠️ <b>One open case</b>
   *[other] ⚠️ <b>{ $count } open cases</b>
}
panel-low = { $count ->
    [0] 📦 <b>{ $name }</b> is sold out
    [one] 📦 <b>{ $name }</b>: only one left
   *[other] 📦 <b>{ $name }</b>: only { $count } left
}
products-title = 📦 <b>Your products</b>
    🟢 on sale · 🙈 hidden · 📝 draft
products-none = 📦 There are no products yet. Make the first one: it takes a minute.
product-not-there = This product is not there any more.
product-archived = Archived. Its orders keep it.
ask-archive = 🗄 <b>Archive { $name }?</b>
    It goes from the shop for good. Orders that were made keep it. If you only want to pause, hide it instead.
state-draft = Draft
state-on-sale = On sale
state-hidden = Hidden
state-archived = Archived
fact-no-category = none
fact-category = 🗂 Category: { $name }
fact-quantity = 🔢 Most per order: { $most }
fact-stock = 📦 In stock: { $count }
fact-sold = 💰 Sold: { $count }
fact-text = 📝 A text
fact-nothing-given = ❗ Nothing to deliver yet
fact-asked = ❓ The buyer is asked: { $asked }
fact-nothing-asked = nothing
change-kept = ✅ Saved.
price-changed = ✅ The price was <s>{ $before }</s> and is <b>{ $after }</b> now. Orders already made keep the old one.
now-it-is = Now it is:
new-product-title = ✨ <b>New product</b> { $name }
new-product-dropped = Cancelled. Nothing was saved.
new-product-kept = Cancelled. What you had sent is kept as a draft, in this list.
new-product-on-sale = 🎉 <b>It is on sale.</b> This is what buyers see:
new-product-hidden = 🙈 <b>Saved, and hidden.</b> Put it on sale whenever you like.
ask-kind = <b>What do you sell?</b>

    🔑 <b>Keys</b>: codes, accounts, vouchers. Each is sold once and sent right after payment.
    📄 <b>File or text</b>: every buyer gets the same, right after payment.
    🤝 <b>By hand</b>: a parcel or a service. You hand it over and tell the buyer here.
ask-name = <b>What is it called?</b>
    Send the name, up to 60 characters.
ask-price = <b>What does one cost, in { $currency }?</b>
    Send a number, like 9.99
ask-category = <b>On which shelf does it stand?</b>
ask-category-name = <b>What is the new category called?</b>
    Send its name, up to 60 characters.
ask-description = <b>What should buyers know about it?</b>
    Send a few sentences, up to 700 characters.
ask-picture = <b>Send a picture of it.</b>
    A photo, or a PNG or JPEG file of up to 10 MB.
ask-quantity = <b>How many may one order have at most?</b>
    Send a number from 1 to 100.
ask-stock = 🔑 <b>Send the keys, one a line,</b> as a message or as a .txt file. Your message is taken out of the chat once they are safe.

    In stock now: { $count }
ask-files = 📄 <b>Send what every buyer gets:</b> a text, files, or both. Up to 10 files of up to 20 MB each, as files, not as photos. A new text takes the place of the old one.
ask-question = 🤝 <b>What must the buyer tell you before paying?</b>
ask-question-label = <b>What shall the buyer be asked?</b>
    Send the question, up to 200 characters, like: Which name shall we engrave?
ask-publish = That is what buyers will see. Ready?
ask-publish-empty = There is nothing to deliver yet, so it can only be kept hidden. Go back to send a text or a file.
question-address = Where shall it be sent?
question-phone = What is your phone number?
goods-text-kept = ✅ The text is saved.
goods-file-kept = ✅ { $name } is saved.
goods-cleared = 🗑 Text and files are gone. A product that gives nothing is not on sale.
stock-added = ✅ { $added } added.
stock-added-known = { $known ->
    [one] ✅ { $added } added, 1 was there already and was left out.
   *[other] ✅ { $added } added, { $known } were there already and were left out.
}
wrong-empty = ⚠️ There was nothing in it that can be seen. Please send some text.
wrong-too-long = ⚠️ That has { $chars } characters; at most { $most } fit. Please send it shorter.
wrong-price = ⚠️ That is no price. Please send a number, like 9.99
wrong-price-precise = ⚠️ That has more digits after the point than the currency has. Please send it like 9.99
wrong-price-zero = ⚠️ The price must be more than zero.
wrong-price-large = ⚠️ That price is too large. Please send a smaller one.
wrong-quantity = ⚠️ Please send a whole number from 1 to { $most }.
wrong-tap-please = ⚠️ Please tap one of the buttons below.
wrong-words-wanted = ⚠️ A file does not help here. Please send a text message.
wrong-other = ⚠️ That cannot be used here.
wrong-picture-wanted = ⚠️ That is no picture. Please send a photo, or a PNG or JPEG file.
wrong-picture = ⚠️ That is no picture that Telegram can show. Please send a photo, or a PNG or JPEG file that is not extremely long or thin.
wrong-file-size = ⚠️ That file is too large: bots get files of up to { $megabytes } MB here. Please send a smaller one.
wrong-file-empty = ⚠️ That file is empty.
wrong-file-fetch = ⚠️ The file could not be fetched from Telegram. Please send it once more.
wrong-files-full = ⚠️ A product has at most 10 files. Start over with the button below, or pack several into one.
wrong-not-lines = ⚠️ Please send the keys as a text message or as a .txt file, one a line. Nothing was added.
wrong-photo-as-goods = ⚠️ A photo loses quality and its name on the way. Please send it as a file.
wrong-encoding = ⚠️ That file is no text that can be read. Please save it as UTF-8 and send it again. Nothing was added.
wrong-lines = { $count ->
    [one] ⚠️ Line { $lines } is longer than { $most } bytes. Nothing was added.
   *[other] ⚠️ Lines { $lines } are longer than { $most } bytes. Nothing was added.
}
wrong-too-many = ⚠️ These are { $count } lines; at most { $most } go in at once. Please send them in parts. Nothing was added.
wrong-nothing-to-give = There is nothing to deliver yet. Add a text or a file first.
seller-orders-title = 🧾 <b>Orders</b>, the newest first
seller-orders-none = 🧾 Nobody has ordered anything yet.
seller-orders-waiting = 🤝 <b>Orders that wait for you</b>
seller-orders-none-waiting = 🤝 No order waits for you.
seller-order-which = Which one? Write /order and the number, like /order 7K2M9QXD
seller-order-not-there = There is no such order.
seller-order-title = 🧾 <b>Order #{ $order }</b> · { $total }
seller-order-buyer = 👤 { $buyer }
seller-order-placed = 🕐 Ordered { $at }
seller-order-paid = ✅ Paid { $at }
seller-order-line = <b>{ $name }</b> × { $quantity } · { $price } each
seller-order-note = 💬 Your note: { $note }
seller-buyer-gone = 📵 The buyer has blocked the bot. Goods are sent as soon as they are back.
seller-invoice-received = Received: <b>{ $amount } { $asset }</b>
delivery-by-you = 🤝 Waits for you to hand it over
delivery-handed-over = 🤝 Handed over
delivery-on-its-way = 📤 On its way into the buyer's chat
delivery-sent = 📦 Delivered
delivery-held = ⚠️ Paid, but sold out
invoice-creating = address asked for
invoice-offered = waits for payment
invoice-superseded = replaced by another coin
invoice-expired = time over
invoice-cancelled = cancelled
invoice-refused = no address
invoice-settled = paid
ask-note = <b>A note for the buyer?</b> A tracking number, a link, a date: send it now, or hand over without one.
handed-over-now = 🤝 <b>Handed over.</b> The buyer is told.
hand-over-nothing = Nothing of this order waits to be handed over.
delivered-again = On its way to the buyer again.
recheck-asked = Looking for the payment. If money has come, the order changes by itself in a moment.
recheck-nothing = No address was ever given out for this order.
served-now = On its way to the buyer.
serve-still-sold-out = There is still too little in stock. Add stock first, then try again.
serve-nothing = Nothing of this order is held back.
cases-title = ⚠️ <b>Open cases</b>
cases-none = ✅ No open cases.
case-title = <b>A case about order #{ $order }</b>
    since { $at }
case-mismatch = Payment data differ
case-test-mode = Test money was paid
case-unknown-status = Unknown payment status
case-sold-out = Paid, but sold out
case-undeliverable = Goods could not be sent
case-unclear-amount = Unclear how much was paid
case-credit-spent = Late payment, credit spent meanwhile
advice-unclear-amount = Please look the payment up at the payment provider, settle it with the buyer, and close the case with what you did.
advice-credit-spent = The order was not served: what came is on the buyer's balance. Nothing is owed; you may help the buyer to order again, and close the case.
advice-mismatch = The payment provider's answer is not about what was asked for, so nothing was delivered. Compare the invoice in the provider's own pages, then look for the payment again.
advice-test-mode = The project at the payment provider is in test mode, and no real money came. Nothing was delivered. Switch test mode off there.
advice-unknown-status = The payment provider used a word that nobody knows here. Nothing was delivered. Look at the invoice in the provider's own pages.
advice-sold-out = The money came, but nothing is left. Add stock and serve the order, or settle it with the buyer and close the case.
advice-undeliverable = The order is paid and its goods are set aside. Try to send them again; if it stays, write to the buyer.
ask-reason = <b>What was done about it?</b> Send a few words; they are kept with the case.
case-closed = ✅ The case is closed.
case-closed-already = This case was closed before.
ask-credit-amount = <b>How much is the buyer to be credited?</b> Send an amount in { $currency }, or tap the whole of it. If the case is about goods that the buyer does not have, the order ends with it.
ask-credit-reason = <b>{ $amount } for the buyer. Why?</b> Send a few words; they are kept with the case. The buyer is told the amount.
ask-refund = <b>How was the money sent back?</b> Send the transaction hash, or a few words. They are kept with the case, and the buyer reads them. If the case is about goods that the buyer does not have, the order ends with it.
case-credited = ✅ The buyer has the credit, and the case is closed.
case-refunded = ✅ The refund is written down, and the case is closed.
case-nothing-paid = There is no payment that could be credited as a whole: please type an amount.
history-title = <b>What happened</b>
history-ordered = ordered for { $total }
history-offered = asked to send { $amount } on { $network } for { $price }
history-fact = the payment provider says { $status }: { $amount }
history-credit = credit { $amount } ({ $reason })
history-case = case opened: { $what } ({ $detail })
history-closed = case closed: { $words }
history-earlier = … and what was before
settings = ⚙️ <b>Settings</b>

    🏪 Name: { $name }
    💬 Support: { $support }
    💵 Currency: { $currency }
    🪙 Coins: { $coins } of { $all }
settings-no-support = nobody named yet
ask-shop-name = <b>What is the shop called?</b>
    Send the name, up to 60 characters.
ask-shop-support = <b>Where do buyers find a person?</b>
    Send an @name, a link, or a few words.
coins = 🪙 <b>Coins that buyers can pay with</b> · page { $page } of { $pages }
    Tap to switch one on or off. The payment provider must take it, too.
coin-last = Buyers need at least one coin. Switch another one on first.

## Buttons

button-waiting-order = ⏳ Order #{ $order } waits for payment
button-shelf = { $name } ({ $count })
button-product = { $name } · { $price }
button-sold-out = { $name } · sold out
button-orders = 🧾 My orders
button-help = ❓ Help
button-panel = 🛠 Run the shop
button-previous = ‹ Previous
button-next = Next ›
button-back = ‹ Back
button-back-to-card = ‹ Back to payment
button-shop = 🛍 Shop
button-buy = 🛒 Buy · { $total }
button-quick-buy = ⚡ Buy with { $coin }
button-cancel = ✖️ Cancel
button-cancel-order = ✖️ Cancel order
button-yes-cancel = Yes, cancel it
button-other-coin = 🔁 Other coin
button-pay-with-credit = 💰 Pay with credit ({ $amount })
button-use-credit = 💰 Use { $amount } of credit, pay the rest in a coin
button-keep-credit = ↩️ Keep the credit, pay all in a coin
button-copy-address = 📋 Copy address
button-copy-amount = 📋 Copy amount
button-check = ✅ I have paid
button-renew = 🔄 Try again
button-pay = 💳 Pay
button-show-card = 💳 Show payment
button-resend = 📦 Send goods again
button-order = 🧾 Order
button-copy-goods = 📋 Copy
button-support = 💬 Support
button-write = 💬 Write
button-balance = 💰 Balance
button-terms = 📄 Terms
button-privacy = 🔒 Privacy
button-language = 🌐 Language
button-cases = ⚠️ Open cases
button-hand-over = 🤝 Hand over
button-products = 📦 Products
button-sales = 🧾 Orders
button-to-hand-over = { $count ->
    [0] 🤝 To hand over
   *[other] 🤝 To hand over ({ $count })
}
button-open-cases = { $count ->
    [0] ⚠️ Open cases
   *[other] ⚠️ Open cases ({ $count })
}
button-new-product = ✨ New product
button-go-on = ▶️ Go on: { $name }
button-settings = ⚙️ Settings
button-as-buyer = 🛍 Shop as a buyer
button-back-to-panel = ‹ Panel
button-back-to-products = ‹ Products
button-back-to-settings = ‹ Settings
button-add-stock = ➕ Add stock
button-edit-goods = 📄 What is delivered
button-edit-question = ❓ What the buyer is asked
button-edit-name = ✏️ Name
button-edit-price = 💵 Price
button-edit-description = 📝 Description
button-edit-picture = 🖼 Picture
button-edit-category = 🗂 Category
button-edit-quantity = 🔢 Most per order
button-hide = 🙈 Hide
button-put-on-sale = 🟢 Put on sale
button-keep-hidden = 🙈 Keep hidden
button-archive = 🗄 Archive
button-yes-archive = Yes, archive it
button-kind-keys = 🔑 Keys
button-kind-file = 📄 File or text
button-kind-manual = 🤝 By hand
button-new-category = ➕ New category
button-no-category = No category
button-skip = Skip ›
button-remove = 🗑 Remove
button-done = ✅ Done
button-clear = 🗑 Start over
button-ask-address = 🏠 Address
button-ask-phone = 📞 Phone number
button-ask-own = ✏️ Something else
button-ask-nothing = Nothing
button-without-note = 🤝 Without a note
button-deliver-again = 📦 Deliver again
button-recheck = 🔎 Look for the payment
button-serve-held = 📤 Serve now
button-refresh = 🔄 Refresh
button-close-case = ✅ Close the case
button-credit-buyer = 💰 Credit the buyer
button-record-refund = ↩️ Refund was sent
button-credit-whole = All of it: { $amount }
button-shop-name = 🏪 Name
button-shop-support = 💬 Support
button-coins = 🪙 Coins

## Commands

command-start = Open the shop
command-orders = What you ordered
command-balance = Your credit
command-language = Choose a language
command-help = How it works
command-support = Talk to a person
command-pay-support = Help with a payment
command-terms = Terms
command-privacy = What is kept about you
command-admin = Run the shop
command-products = Your products
command-sales = Your orders
command-cases = What needs you
command-new = Make a product

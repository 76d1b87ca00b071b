# English. Messages are Telegram HTML; buttons, toasts, commands and single words are plain text.

## The front and the shelves

front-title = <b>{ $shop }</b>
front-greeting = Welcome! Pick something, choose a coin, pay from any wallet. Goods come right here in the chat.
front-empty = The shelves are empty just now. Please look in again later.
shelf-title = <b>{ $name }</b>
support-staff = You are one of those who run this shop: what customers write comes to the staff, and you answer by replying to it. Nothing that you write here goes to anybody else.
shelf-empty = Nothing is left on this shelf.
loose-title = <b>More products</b>
button-more-products = More products ›
not-understood = Sorry, I only understand buttons and commands. Here is the shop:
old-button = This button is from long ago. Here is the shop as it is now.
toast-other-question = That button belonged to another question. This is the one waiting for your answer.
sorry = Something went wrong on our side, and nothing was lost. Please try again in a moment. If it keeps happening, send /support this code: <code>{ $reference }</code>

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
one-order-takes = One order takes { $least } to { $most }.
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
answer-question-changed = The seller has changed this question since it was asked.
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
toast-too-often = Those were a lot of addresses in a short time. Please use one of them, or try again in an hour.
toast-coin-off = This coin cannot be used just now. Please choose another one.
toast-credit-covers = Your credit is enough for the whole order now. You can pay with it at once.
toast-credit-too-little = There is not enough credit for that any more. Nothing was charged.
toast-paid-with-credit = Paid with your credit. Thank you!
toast-changed = That offer has ended. Here is what it is now.
toast-no-new-address = This order gets no new address any more. Pay to the one on its card while its time runs, or buy again at the price of today.
toast-money-seen = Money has already been seen for this order. Your card says whether anything is missing; if so, please send it to the same address.
toast-checking = We are looking for your payment. A network needs some minutes to confirm it; this card changes by itself as soon as it is there.
toast-cancelled = Cancelled. Nothing was charged.
toast-resent = Here it comes again.
toast-nothing-to-send = There is nothing to send for this order yet.

## The payment card

card-asking = ⏳ Getting your address for { $asset } on { $network }…
card-slow = ⏳ Getting an address for { $asset } on { $network } takes longer than usual. We keep trying; this card changes by itself. You can also choose another coin.
card-away = ⏳ The service that gives us payment addresses does not answer just now. Nothing was charged, and you need not do anything: we ask again every few seconds, and this card changes by itself, in two minutes at most.
card-pay = Send exactly
    <code>{ $amount }</code> <b>{ $asset }</b>
    on the network <b>{ $network }</b> to
    <code>{ $address }</code>

    ⏳ Pay before { $before }
card-rules = ❗ Only { $asset } on { $network }, exactly this amount after your wallet's or exchange's fee, and to this address only once.
card-rules-rest = ❗ Only { $asset } on { $network }, exactly this amount after your wallet's or exchange's fee, and before the time is over.
card-part = 🟡 <b>{ $paid } { $asset } has come.</b> Please send the rest to the same address:
card-checking = ⏳ The time to pay is over. We are checking whether your payment has come in time. Please do not send anything now.
card-confirming = 👀 <b>Your { $amount } { $asset } on { $network } are on their way.</b> The network has to confirm them first, which takes some minutes, on Bitcoin up to an hour or more. Please do not send anything else: your order goes on by itself.
card-counting = 👀 <b>Part of your payment has come,</b> and we do not know yet how much. Please do not send anything more for now: the seller has been told and will write to you.
card-no-address = 😕 There is no address for { $asset } on { $network } just now. Please choose another coin. Nothing was charged.
card-no-answer = 😕 <b>Nothing can be paid just now:</b> the service that gives us payment addresses does not answer, in any coin. Nothing was charged, and nothing is wrong with your order.
    Please tap “Try again” in a few minutes.
card-paid = ✅ <b>Paid. Thank you!</b>
card-received = Received: { $amount } { $asset } · { $network }
card-expired = ⌛ <b>The time to pay is over.</b> Please do not send anything to the old address.
    Did you pay in the last moment? We keep looking for it: money that comes late is not lost.
card-credited = What you sent is yours: { $amount } is on your /balance.
card-cancelled = ✖️ <b>Cancelled.</b> Please do not send anything to the old address.
card-moved = ⤵️ The card of this order is in another message now. Please do not send anything to an address that stood here.
card-given-back = ↩️ <b>This order ended without its goods.</b> The seller has settled it with you: see /balance and the messages here, or write to /support.

## Goods

goods-coming = ✅ <b>Payment received for order #{ $order }.</b> Your goods are on their way into this chat…
goods-title = 📦 <b>Your goods · order #{ $order }</b>
goods-as-file = 📦 <b>Your goods · order #{ $order }</b>
    They are in the file below. You can have them again at any time under /orders.
document-coming = 📄 A file of your order is on its way into this chat…
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
standing-seen = Part of the money has arrived; we are waiting for the rest.
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
    Which language would you like?

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
notice-late = 💰 Your payment for order #{ $order } came after the order had ended. What you sent is yours: { $amount } is on your /balance, and you can order again with it.
notice-money-held = 💬 Money came for order #{ $order } that does not fit what was due. It is safe: the seller has been told and decides about it. You can write to /support.
notice-extended = ⏳ The seller gives you more time to pay for order #{ $order }. A new address is on your card: please use that one, not the old one.

## The seller

claimed = 👑 <b>This shop is yours now.</b> Everything is in the panel.
claim-refused = This link does not open a shop. It works once only; the shop's operator finds a new one in the log of the next start, as long as the shop has no owner.
not-allowed = Your role in this shop does not include that. The owner decides who may do what.
panel-title = 🛠 <b>{ $shop }</b>
panel-sales = { $orders ->
    [0] 💰 Today: nothing sold yet
    [one] 💰 Today: one order, { $sum }
   *[other] 💰 Today: { $orders } orders, { $sum }
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
panel-empty = ✨ <b>There are no products yet.</b> Tap “New product”: the first one takes a minute.
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
new-product-on-sale = 🎉 <b>It is on sale.</b> Options are added with the button below, other languages and prices for many under “⋯ More”. This is what buyers see:
new-product-hidden = 🙈 <b>Saved, and hidden.</b> Put it on sale whenever you like.
ask-kind = <b>What do you sell?</b>

    🔑 <b>Keys</b>: codes, accounts, vouchers. Each is sold once and sent right after payment.
    📄 <b>File or text</b>: every buyer gets the same, right after payment.
    🤝 <b>By hand</b>: a parcel or a service. You hand it over and tell the buyer here.
    🚪 <b>Invitation</b>: a way into your private channel or group, for good or for a while.
    🔌 <b>From my system</b>: your own server is asked for the goods of each order.
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
ask-stock = 🔑 <b>Send the keys, one a line,</b> as a message or as a .txt or .csv file. Of a table, each row is one; a heading is left out.

    📎 <b>Files</b> are sold too, each once: send them as files, not as photos, or many in a .zip.

    What you send is taken out of the chat once it is safe.

    In stock now: { $count }
ask-files = 📄 <b>Send what every buyer gets:</b> a text, files, or both. Up to 10 files of up to 20 MB each, as files, not as photos. A new text takes the place of the old one.
ask-question = 🤝 <b>What must the buyer tell you before paying?</b>
    Tap one; more can be added after it.
asked-so-far = Asked so far:
ask-question-label = <b>What shall the buyer be asked?</b>
    Send the question, up to 200 characters, like: Which name shall we engrave?

    To let buyers choose, send the answers below it, each on a line of its own:
    <code>Which colour?
    Black
    White</code>
ask-publish = That is what buyers will see. Ready?
ask-publish-empty = There is nothing to deliver yet, so it can only be kept hidden. Go back to add it.
question-address = Where shall it be sent?
question-phone = What is your phone number?
goods-text-kept = ✅ The text is saved.
goods-file-kept = ✅ { $name } is saved.
goods-files-kept = ✅ Saved: { $names }
goods-cleared = 🗑 Text and files are gone. A product that gives nothing is not on sale.
stock-added = ✅ { $added } added.
stock-added-known = { $known ->
    [one] ✅ { $added } added, 1 was there already and was left out.
   *[other] ✅ { $added } added, { $known } were there already and were left out.
}
wrong-empty = ⚠️ There was nothing in it that can be seen. Please send some text.
wrong-too-long = ⚠️ That has { $chars } characters; at most { $most } fit. Please send it shorter.
wrong-last-piece = ⚠️ That was the end of a text that is too long for one message: it came in pieces, and nothing of it was taken. Please send a shorter one.
wrong-price = ⚠️ That is no price. Please send a number, like 9.99
wrong-price-precise = ⚠️ That has more digits after the point or comma than the currency has. Please send it like 9.99, and thousands without a mark: 1500
wrong-price-zero = ⚠️ The price must be more than zero.
wrong-price-large = ⚠️ That price is too large. Please send a smaller one.
wrong-quantity = ⚠️ Please send a whole number from 1 to { $most }.
wrong-tap-please = ⚠️ Please tap one of the buttons below.
wrong-words-wanted = ⚠️ A file does not help here. Please send a text message.
wrong-other = ⚠️ That cannot be used here.
wrong-picture-wanted = ⚠️ That is no picture. Please send a photo, or a PNG or JPEG file.
wrong-picture = ⚠️ That is no picture that Telegram can show. Please send a photo, or a PNG or JPEG file that is not extremely long or thin.
wrong-file-size = ⚠️ That file is too large: bots get files of up to { $megabytes } MB here. Please send a smaller one, or several.
wrong-file-empty = ⚠️ That file is empty. Please look at it and send it again.
wrong-file-fetch = ⚠️ The file could not be fetched from Telegram. Please send it once more.
wrong-files-full = ⚠️ A product has at most 10 files. Start over with the button below, or pack several into one.
wrong-photo-as-goods = ⚠️ A photo loses quality and its name on the way. Please send it as a file.
wrong-encoding = ⚠️ That file is no text that can be read. Please save it as UTF-8 and send it again. Nothing was added.
wrong-lines = { $count ->
    [one] ⚠️ Line { $lines } is longer than { $most } bytes. Shorten it, or send what is so long as a file of its own. Nothing was added.
   *[other] ⚠️ Lines { $lines } are longer than { $most } bytes. Shorten them, or send what is so long as files of their own. Nothing was added.
}
wrong-too-many = ⚠️ These are { $count } lines; at most { $most } go in at once. Please send them in parts. Nothing was added.
wrong-questions-full = ⚠️ A product asks at most 10 questions. Start anew with the button below, or put two into one.
wrong-choices-many = ⚠️ These are { $count } answers to choose from; at most { $most } fit. Please send fewer.
wrong-nothing-to-give = There is nothing to deliver yet. Add it first.
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
extended-now = A new address is on its way to the buyer.
extend-not-needed = { $minutes ->
    [one] Its address is still good for a minute. Give more time once that is over.
   *[other] Its address is still good for { $minutes } minutes. Give more time once that is over.
}
extend-money-seen = Money has been seen at the address of this order, and it counts once the network has confirmed it. There is nothing to extend.
extend-refused = This order cannot be offered again: its stock is gone, its price has changed, or its buyer has too many open orders. They can order anew.
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
case-short = Only a part was paid
case-surplus = Too much was paid
case-late = Paid late
advice-unclear-amount = Please look the payment up at the payment provider. Then credit the buyer with what came, or send it back and write that down: so nothing of it is counted twice.
advice-credit-spent = The order was not served: what came is on the buyer's balance. Nothing is owed; you may help the buyer to order again, and close the case.
advice-short = The offer is over and only a part of the price came. Credit the buyer with what came, or send it back and write that down.
advice-surplus = The order is served, and more came than was due. Credit the buyer with it, or send it back and write that down.
advice-late = The whole price came after the order had ended. Serve the order, credit the buyer, or send the money back and write that down.
advice-mismatch = The payment provider's answer is not about what was asked for, so nothing was delivered. Compare the invoice in the provider's own pages, then look for the payment again.
advice-test-mode = The project at the payment provider is in test mode, and no real money came. Nothing was delivered. Switch test mode off there.
advice-unknown-status = The payment provider used a word that nobody knows here. Nothing was delivered. Look at the invoice in the provider's own pages.
advice-sold-out = The money came, but nothing is left. Add stock and serve the order, or settle it with the buyer and close the case.
advice-undeliverable = The order is paid and its goods are set aside. Try to send them again; if it stays, write to the buyer.
ask-made-good = <b>How did the buyer get it?</b> Send a few words: the buyer reads them, and the order ends with that. To give the money back instead, tap Cancel, then credit or refund.
ask-reason = <b>What was done about it?</b> Send a few words; they are kept with the case.
case-closed = ✅ The case is closed.
case-closed-already = This case was closed before.
ask-credit-amount = <b>How much is the buyer to be credited?</b> Send an amount in { $currency }, or tap the whole of it. If the case is about goods that the buyer does not have, the order ends with it.
ask-credit-reason = <b>{ $amount } for the buyer. Why?</b> Send a few words; they are kept with the case. The buyer is told the amount.
ask-refund = <b>How was the money sent back?</b> Send the transaction hash, or a few words. They are kept with the case, and the buyer reads them. If the case is about goods that the buyer does not have, the order ends with it.
ask-refund-credit = { $amount } of the price was paid with credit: the buyer gets that back as credit by itself. Send them only the rest.
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
ask-shop-greeting = <b>What do buyers read first?</b>
    Send a few friendly words; they stand above the shelves. Remove goes back to the usual greeting.
ask-shop-terms = <b>What are the terms of the shop?</b>
    Send the text that /terms shows. Remove goes back to the usual one.
ask-shop-privacy = <b>What do you do with what buyers tell you?</b>
    Send the text that /privacy shows. Remove goes back to the usual one.
coin-order = 🪙 <b>In this order coins are offered</b>
    Tap a coin to put it first. A buyer's last coin always comes before all others.
policy = ⚖️ <b>Money, time and stock</b>
    Tap a line to change it.

    Credit: the buyer has it on the balance at once. Ask me: it waits as a case, and you decide. Nothing is ever kept in silence.
policy-credit = credit
policy-ask = ask me
policy-serve = serve the order
button-policy-short = Too little came: { $what }
button-policy-surplus = Too much came: { $what }
button-policy-change = { $percent ->
    [0] Nothing that is too much is change
   *[other] Up to { $percent } % too much is change
}
button-policy-late = Paid after the end: { $what }
button-policy-minutes = { $minutes ->
    [15] An address is good for 15 minutes
    [30] An address is good for 30 minutes
    [60] An address is good for an hour
    [120] An address is good for 2 hours
    [360] An address is good for 6 hours
   *[1440] An address is good for a day
}
button-policy-low = { $count ->
    [0] No warning of low stock
   *[other] Warn at { $count } left in stock
}
ask-currency = 💵 <b>In which currency are your prices?</b>
    Now: { $currency }. Coins are converted when a buyer asks for an address.
currency-in-use = There are prices or credit in the currency of now. Change it before the first product. Later, once nobody has credit, no order waits for money and no case is open: export the catalog, change currency and prices there together, and import it.
coins = 🪙 <b>Coins that buyers can pay with</b> · page { $page } of { $pages }
    Tap to switch one on or off. The payment provider must take it, too.
coin-last = Buyers need at least one coin. Switch another one on first.

## People: blocked customers

blocked = 🚫 You cannot buy here any more. What you have paid for stays yours: it is under /orders.
blocked-write = 🚫 You cannot buy here any more. What you have paid for stays yours: it is under /orders. If you think this is a mistake, write to { $contact }.

## People: customers

customers-newest = 👥 <b>Customers</b>, the newest first, with what they spent:
customers-most-spent = 👥 <b>Customers</b>, who spent most first:
customers-none = 👥 Nobody to see here yet.
customers-found = 👥 These may be meant:
customers-not-found = 🤷 The shop knows nobody like that.
ask-find-customer = 🔎 <b>Whom are you looking for?</b>
    Send a number, an @name, or a part of the name. The same at once: <code>/customer @name</code>
customer-title = 👤 <b>{ $customer }</b>
    <code>{ $number }</code>
customer-facts = 📅 here since { $since } · 🌐 { $language }
    🧾 paid orders: { $orders } · 💵 spent: <b>{ $spent }</b>
    💰 credit: <b>{ $credit }</b>
customer-role = 🛠 of the staff: { $role }
customer-blocked-since = 🚫 <b>Blocked</b> since { $at }: { $why }
customer-note = 📝 { $note }
customer-entry-by-hand = by <code>{ $by }</code>: { $why }
customer-orders = 🧾 <b>Orders of { $name }</b>
ask-give-credit = 💰 <b>How much credit, in { $currency }?</b>
    Like 5 or 4.50. The customer can pay with it here and is told how much it is.
ask-take-credit = 💰 <b>How much credit is to be taken back, in { $currency }?</b>
    Never more than there is. The customer is told how much it is.
ask-credit-by-hand-why = 💰 <b>{ $amount }. Why?</b>
    For the books: the customer does not read it.
credit-by-hand-done = ✅ Done. The credit is { $credit } now, and the customer is told.
credit-by-hand-too-little = ⚠️ There is only { $credit }. Nothing was changed.
credit-given = from the seller
credit-taken = taken back by the seller
notice-credit-given = 💰 The seller has given you credit: <b>{ $amount }</b>. You can pay with it here.
notice-credit-taken = 💰 The seller has taken credit back: <b>{ $amount }</b>. Questions? Write to /support.
ask-customer-note = 📝 <b>What is to be remembered?</b>
    The staff reads it, the customer never does.
ask-write-to = 💬 <b>What do you want to write?</b>
    The customer reads it as a message from the shop, without your name.
written-to-customer = ✅ On its way to the customer.
ask-block-why = 🚫 <b>Why is this customer blocked?</b>
    The staff reads it, the customer does not. Nothing can be bought any more; addresses that wait for money are taken back. What was paid for is still delivered, and money that still comes is booked.
customer-blocked = 🚫 Blocked. What was paid for stays theirs.
customer-blocked-already = Nothing to do: blocked already, or not known.
customer-is-staff = ⚠️ That is somebody of the staff. An owner has to take the role away first.
customer-unblocked = ✅ This customer can buy again.

## People: staff

staff-title = 🧑‍💼 <b>Staff</b>
    Tap somebody to change the role. An invitation is a link that works once, within a day.
staff-member = 🧑‍💼 <b>{ $name }</b>
    <code>{ $number }</code> · { $role }
staff-not-there = This person is not of the staff any more.
staff-last-owner = The shop needs an owner. Make somebody else an owner first.
staff-removed = ✅ Removed. The shop is only a shop for them now.
invitations-ended = { $count ->
    [0] There was no open invitation of yours any more.
    [one] Taken back: one link is good for nothing any more.
   *[other] Taken back: { $count } links are good for nothing any more.
    }
ask-remove-staff = <b>Take the role of { $name } away?</b>
staff-named = ⚠️ The settings of the program (KIOSK_OWNERS) still name this person: the next start makes them an owner again. Take the number out there first.
staff-invitation = 🔗 <b>An invitation: { $role }</b>
    <code>{ $link }</code>

    It works once, within a day. Give it to one person only: whoever opens it first is in.
staff-welcome = 🎉 Welcome! You are of the staff now: { $role }. /admin opens the panel.
staff-already = You are of the staff already. The invitation is still good for somebody else.
staff-link-refused = This invitation was used already, or is too old. Ask for a new one.
notice-staff-joined = 🧑‍💼 <b>{ $name }</b> (<code>{ $number }</code>) has taken an invitation: { $role }.
notice-your-role = 🧑‍💼 Your role is now: { $role }.
notice-no-role = 🧑‍💼 You are not of the staff any more. You can still buy here.
role-owner = owner
role-manager = manager
role-support = support
roles-title = 🧑‍💼 <b>What each role may do</b>
ability-orders = see products, orders and cases
ability-hand-over = hand over, send goods again
ability-customers = see customers, keep notes
ability-answer = answer customers
ability-new = make products, add stock
ability-prices = change products and prices
ability-sale = put on sale, hide, archive
ability-cases = solve cases, credit, refunds
ability-credit = give and take credit by hand
ability-write = write to customers first
ability-block = block customers
ability-settings = settings and coins
ability-staff = invite, change and remove staff
ability-done = read what the staff did
staff-desk-chats = 💬 What customers write comes to the staff's own chats. For a group instead: make one with topics, add the bot as an administrator who may manage topics, and send /staffgroup there.
staff-desk-group = 💬 What customers write comes to the group of the staff, a topic for each. To end that, send <code>/staffgroup off</code> there.
staff-group-set = ✅ This is the group of the staff now. Each customer who writes gets a topic here; whatever the staff writes in it goes to the customer, in the name of the shop. The bot must be an administrator here who may manage topics.
staff-group-left = ⚠️ This group is not the one of the staff any more, so this went to nobody. To answer customers here again, send /staffgroup.
staff-group-gone = ⚠️ The group of the staff does not take what customers write any more: I may not write or manage topics there, or it is gone. From now on it comes to the private chats; nothing was lost. To go back, make me an administrator who may manage topics, and send /staffgroup there.
staff-group-ended = 📣 What customers write does not go to the group of the staff any more, because whoever chose it is no owner now. It comes to the staff's own chats again. To choose a group anew, send /staffgroup there.
staff-group-off = ✅ What customers write comes to the staff's own chats again.
staff-group-no-topics = ⚠️ This group has no topics. Switch them on in the settings of the group, and send /staffgroup again.

## People: what was done

done-title = 📜 <b>What the staff did</b>
done-nothing = 📜 Nothing is written down here yet.
done-to-order = 📜 <b>What the staff did · order #{ $order }</b>
done-to-customer = 📜 <b>What the staff did · { $name }</b>
done-by-program = the program
deed-product-made = made a product
deed-product-changed = changed a product
deed-product-dropped = threw a draft away
deed-stock-added = added stock
deed-setting-changed = changed a setting
deed-case-closed = closed a case
deed-case-credited = credited a buyer in a case
deed-refund-recorded = wrote a refund down
deed-held-served = served a held order
deed-handed-over = handed over
deed-sent-again = sent goods again
deed-extended = gave more time to pay
deed-credit-given = gave credit
deed-credit-taken = took credit
deed-note-changed = changed a note
deed-written-to = wrote to a customer
deed-blocked = blocked a customer
deed-unblocked = unblocked a customer
deed-staff-invited = made an invitation
deed-invitations-ended = took invitations back
deed-staff-joined = joined the staff
deed-role-changed = changed a role
deed-staff-removed = removed somebody of the staff
deed-group-changed = changed the group of the staff
deed-answered = answered a customer
deed-other = changed something

## People: conversations

support-open = 💬 <b>Write to us here.</b>
    Whatever you send now goes to the people who run this shop: words, a photo, a document. The answer comes here. /start leads back to the shop.
support-sent = ✅ Passed on. The answer comes here.
support-too-many = ⏳ You have sent { $most } messages within an hour. Please wait a little; what you wrote before has been passed on.
support-kinds = Only words, photos and documents can be passed on.
support-from = 💬 <b>{ $customer }</b> writes:
    { $words }
support-answered = 💬 <b>From the shop:</b>
    { $words }
support-answered-by = ↩️ <b>{ $by }</b> answered { $customer }:
    { $words }
support-answer-sent = ✅ On its way to the customer.
answer-not-first = This customer has not written to the shop. Managers and owners may write first; about an order you can write from its page.
ask-answer = 💬 <b>What is your answer?</b>
    The customer reads it as a message from the shop, without your name. You can also simply reply to what was written.

## People: buttons

button-customers = 👥 Customers
button-customer = 👤 Customer
button-staff = 🧑‍💼 Staff
button-newest-first = 📅 Newest first
button-most-spent-first = 💵 Most spent first
button-find-customer = 🔎 Find
button-all-orders = 🧾 All orders
button-give-credit = ➕ Give credit
button-take-credit = ➖ Take credit
button-note = 📝 Note
button-write-to = 💬 Write
button-block = 🚫 Block
button-unblock = ✅ Unblock
button-answer = 💬 Answer
button-invite = ➕ { $role }
button-end-invitations = { $count ->
    [one] ✖️ Take your open invitation back
   *[other] ✖️ Take your { $count } open invitations back
    }
button-make-role = Make { $role }
button-remove-staff = 🗑 Take the role away
button-yes-remove = Yes, take it away
button-roles = ❓ Who may do what
button-done-list = 📜 What was done
button-copy-link = 📋 Copy link
command-customers = Your customers

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
button-keep = Keep ›
button-remove = 🗑 Remove
button-done = ✅ Done
button-clear = 🗑 Start over
button-ask-address = 🏠 Address
button-ask-phone = 📞 Phone number
button-ask-own = ✏️ Something else
button-ask-nothing = Nothing
button-ask-nothing-more = 🗑 Ask nothing
button-ask-more = ➕ Ask something more
button-without-note = 🤝 Without a note
button-deliver-again = 📦 Deliver again
button-recheck = 🔎 Look for the payment
button-extend = ⏳ Give more time
button-serve-held = 📤 Serve now
button-refresh = 🔄 Refresh
button-close-case = ✅ Close the case
button-credit-buyer = 💰 Credit the buyer
button-record-refund = ↩️ Refund was sent
button-credit-whole = All of it: { $amount }
button-policy = ⚖️ Money and time
button-shop-greeting = 👋 Greeting
button-shop-terms = 📜 Terms
button-shop-privacy = 🔒 Privacy
button-currency = 💵 Currency
button-coin-order = ↕️ Order of coins
button-shop-name = 🏪 Name
button-shop-support = 💬 Support
button-coins = 🪙 Coins

## Goods from outside: invites and webhooks

product-invite = 🚪 Your way in comes here right after payment, and stays open.
product-invite-days = { $days ->
    [one] 🚪 Your way in comes here right after payment, for one day.
   *[other] 🚪 Your way in comes here right after payment, for { $days } days.
}
toast-have-it = You can go in there already, for good. There is nothing to buy.
goods-invite = 🚪 Your way into <b>{ $title }</b>: { $link }
    Open it, tap the button to join, and you are let in. It works for this account alone, so please do not pass it on.
goods-invite-until = ⏳ Until { $end }. Buy it again before, and it goes on from there.
goods-invite-over = 🚪 Your time in <b>{ $title }</b> is over.
notice-membership-ends = ⏳ <b>Your time in { $title } ends { $end }.</b>
    Buy it again before, and it goes on from there.
notice-membership-over = 🚪 <b>Your time in { $title } is over.</b>
    You can come back at any time.
case-not-removed = A member could not be taken out
advice-not-removed = The time of this buyer is over. Make the bot an administrator of the channel or group again, with the right to ban users: it tries once an hour, and this case closes by itself. Or take the buyer out yourself and close the case.
advice-not-obtained = The order is paid, and what it is about could not be had. Put right what is said above, then serve the order; or settle it with the buyer.
delivery-not-obtained = ⚠️ Paid, but what is delivered could not be had
ask-invite-chat = 🚪 <b>Into which channel or group do buyers get?</b>

    1. It must be a private one of yours. Open it and add this bot as an administrator, with the rights to <b>invite users</b> and to <b>ban users</b>: the second is for buyers whose time is over.
    2. Then name it here. Choose it with the buttons under the text field, which also do step 1 for you; or forward a post of the channel; or send its number, like -1001234567890.
choose-chat = 👇 Choose it here, or go on as described above.
ask-invite-days = 🚪 It leads into <b>{ $title }</b>.

    <b>How long does a buyer stay?</b> Tap, or send a number of days up to { $most }. Now it is: { $period }.
    After that the buyer is taken out; three days before there is a reminder. To lead somewhere else, forward a post of that channel, or send its number.
period-days = { $days ->
    [one] one day
   *[other] { $days } days
}
period-for-good = for good
invite-leads-to = ✅ It leads into <b>{ $title }</b>, and I may let people in there.
wrong-invite = ⚠️ That names no channel or group. Choose one with the buttons, forward a post of the channel, or send its number, like -1001234567890.
wrong-days = ⚠️ Please send a whole number of days from 1 to { $most }, or the number of another channel, which begins with a minus.
wrong-chat-unknown = ⚠️ I cannot see that channel or group. Add me there as an administrator first, then name it again.
wrong-chat-public = ⚠️ <b>{ $title }</b> is public: everybody gets in without paying. Make it private first, then name it again.
wrong-chat-not-admin = ⚠️ I am no administrator of <b>{ $title }</b>. Make me one, with the rights to invite and to ban users, then name it again.
wrong-chat-no-inviting = ⚠️ In <b>{ $title }</b> I may not invite users. Give me that right there, then name it again.
wrong-chat-no-removing = ⚠️ In <b>{ $title }</b> I may not ban users, so I could not take anybody out whose time is over. Give me that right there, then try again.
ask-webhook = 🔌 <b>Which address is asked for the goods?</b>
    Send it; it begins with https://

    For every paid order there is a POST request with the order as JSON, signed as Standard Webhooks say. Your server answers within 15 seconds, with the goods: as plain text, or as a JSON object in which they are called <code>text</code>, up to 3,500 characters. As long as it does not, it is asked again, for about a day.
    The same order may be asked about more than once, always with the same <code>webhook-id</code>: please answer it the same each time.
ask-webhook-again = 🔌 The goods are asked for at
    <code>{ $url }</code>

    Send another address to change it. The secret stays the same, unless you ask for a new one.
webhook-secret = 🔑 <b>This is the secret</b> with which your server checks that a request comes from this shop. It is shown this once, and gone with the next tap:
    <tg-spoiler>{ $secret }</tg-spoiler>
    Please copy it to your server now.
wrong-url = ⚠️ That is no address. Please send one like https://example.com/goods
wrong-url-long = ⚠️ That address is longer than 500 characters. Please send a shorter one.
wrong-url-https = ⚠️ The address must begin with https:// so that nobody on the way reads the goods.
wrong-url-password = ⚠️ There is a password in that address. Please leave it out: every request is signed.
wrong-url-private = ⚠️ That is an address inside a private network, and this shop does not call those. The operator can allow it with KIOSK_ALLOW_PRIVATE_WEBHOOKS.
fact-invite = 🚪 Leads into { $title }, { $period }
fact-webhook = 🔌 Asks { $url }
button-join = 🚪 { $title }
button-renew-membership = 🔄 Renew
button-kind-invite = 🚪 Invitation
button-kind-webhook = 🔌 From my system
button-edit-invite = 🚪 Where it leads
button-edit-webhook = 🔌 Who is asked
button-new-secret = 🔑 New secret
button-choose-channel = 📢 Choose a channel
button-choose-group = 👥 Choose a group

## Options, prices by quantity, languages, order, categories

price-from = from { $price }
product-from = 💵 from <b>{ $price }</b>
product-choose = 👇 Please choose one:
product-volume = 🏷 from { $from }: { $price } each
fact-quantities = 🔢 Per order: { $least } to { $most }
fact-options = 🎛 { $options }
options-title = 🎛 <b>Options</b>: buyers choose one before they buy. Each has a price of its own and, for keys, a stock of its own.
options-none = 🎛 There are no options yet: the product is sold in one way, at one price.

    With the first one, price and stock belong to the options. What is in stock now goes to the first.
option-removed = The option is gone.
option-in-stock = { $units ->
    [one] One unit of it is still in stock. Sell it first, or rename the option instead.
   *[other] { $units } units of it are still in stock. Sell them first, or rename the option instead.
}
options-full = ⚠️ A product has at most 12 options.
stock-of-options = 🎛 This product has options, and each has its own stock. Choose the option first.
ask-option-name = <b>What is this option called?</b>
    Send the name, up to 30 characters, like: 1 year
ask-option-days = <b>How many days does a buyer of this option stay?</b>
    Send a number. Without one it is as the product says.
ask-volume = <b>What does one cost when somebody takes many?</b>
    Send up to five lines: from how many on, and the price of one, like
    <code>5 8.00
    10 7.50</code>
ask-least = <b>How many must one order have at least?</b>
    Send a number; 1 for no limit.
wrong-least = ⚠️ That is more than one order may have at most, which is { $most }. Please send a smaller number, or raise the most first.
wrong-days-only = ⚠️ Please send a whole number of days from 1 to { $most }.
wrong-volume-line = ⚠️ Line { $line } is no quantity and price. Please send lines like: 5 8.00
wrong-volume-many = ⚠️ That is more than five lines. Please send fewer.
wrong-volume-quantity = ⚠️ The quantities must rise from line to line, and begin with 2 or more.
wrong-volume-price = ⚠️ The prices must fall from line to line, and be below the price of one.
more-title = What else can be changed:
languages-title = <b>In which language?</b> Buyers read it in their own where there is one, else in English. ✅ is written already.
moved = Moved.
moved-not = It stands at that end already.
duplicated = 📑 <b>A draft like the other one, without its stock.</b> Change what differs, then put it on sale.
categories-title = 🗂 <b>Your categories</b>, as buyers see them, with the number of products.
categories-none = 🗂 There are no categories yet.
category-page = { $count ->
    [0] Nothing stands in it. To rename it, choose a language:
    [one] One product stands in it. To rename it, choose a language:
   *[other] { $count } products stand in it. To rename it, choose a language:
}
category-deleted = The category is gone.
category-in-use = { $count ->
    [one] One product stands in it. Give it another category first.
   *[other] { $count } products stand in it. Give them another category first.
}
category-not-there = This category is not there any more.
button-options = 🎛 Options
button-more = ⋯ More
button-new-option = ➕ New option
button-edit-volume = 🏷 Price for many
button-edit-days = ⏳ Days
button-edit-least = 🔢 Least per order
button-name-languages = 🌐 Name in …
button-about-languages = 🌐 Description in …
button-up = ⬆️ Up
button-down = ⬇️ Down
button-duplicate = 📑 Duplicate
button-categories = 🗂 Categories
button-delete-category = 🗑 Delete

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

## What the seller learns and gets out of the shop

orders-none-here = 🧾 No orders here.
orders-unpaid = ⏳ <b>Orders that wait for payment</b>
orders-paid = 💰 <b>Paid orders, not delivered yet</b>
orders-delivered = 📦 <b>Delivered orders</b>
orders-closed = 🚫 <b>Expired and cancelled orders</b>
orders-with-case = ⚠️ <b>Orders with an open case</b>
button-orders-unpaid = ⏳ Unpaid
button-orders-paid = 💰 Paid
button-orders-delivered = 📦 Delivered
button-orders-closed = 🚫 Closed
button-orders-with-case = ⚠️ With a case
button-orders-all = 🧾 All
button-find = 🔎 Find
ask-find = 🔎 <b>What do you look for?</b>
    Send an order number, an @name or a name, a product, an address, a transaction or an invoice number.
found-nothing = 🔎 Nothing fits “{ $wanted }”. Send something else, or cancel.
found-some = 🔎 <b>Found, the newest first:</b>
found-many = 🔎 <b>The newest of many.</b> Look for something narrower to see others.
button-write-to-buyer = 💬 Write to the buyer
ask-cancel-for-buyer = <b>Cancel order #{ $order }?</b> The buyer is told, and the address disappears from their chat. If money comes all the same, you hear of it.
cancelled-for-buyer = Cancelled. The buyer is told.
cancel-money-seen = Money has come for this order, so it cannot be cancelled.
cancel-nothing = There is nothing to cancel any more.
ask-words-for-buyer = 💬 <b>What shall the buyer of order #{ $order } read?</b> Send your message.
notice-from-seller = 💬 <b>The seller writes about order #{ $order }:</b>
    { $text }
notice-cancelled-by-seller = The seller has cancelled order #{ $order }. Please do not pay for it any more. If you have paid already, the money is not lost: write to the seller.
button-stats = 📊 Statistics
button-view-days = 📈 By day
button-view-products = 📦 By product
button-view-coins = 🪙 By coin
button-view-cards = 💳 Card to paid
span-today = Today
span-days = { $count } days
stats-title = 📊 <b>{ $span }</b> · { $zone }
stats-revenue = { $orders ->
    [one] 💰 Revenue: <b>{ $amount }</b> · one order
   *[other] 💰 Revenue: <b>{ $amount }</b> · { $orders } orders
}
stats-credit = 🎟 of it paid with credit: { $amount }
stats-refunds = ↩️ Refunds: { $amount }
stats-net = 🧮 Net: <b>{ $amount }</b>
stats-cards = 💳 Payment cards: { $cards } · paid: { $paid } · { $percent } %
stats-no-cards = 💳 No payment cards yet
stats-other-currencies = { $count ->
    [one] ❕ One order was paid in another currency and is not counted.
   *[other] ❕ { $count } orders were paid in another currency and are not counted.
}
stats-day = { $date }: { $amount } · { $orders }
stats-part = { $name } × { $count }: { $amount }
stats-part-alone = { $name }: { $amount }
stats-rest = { $count } others
stats-by-credit = Store credit
stats-other = Other
stats-nothing = Nothing sold yet
stats-orders = { $count ->
    [0] No paid orders
    [one] One paid order
   *[other] { $count } paid orders
}
stats-cards-shown = Payment cards
stats-cards-paid = Paid
button-summary = ⏰ Daily summary
summary-title = ☀️ <b>Your shop on { $date }</b>
summary-at = ⏰ <b>Every day at { $hour }</b> each owner reads how the day before went, what waits, and what runs low.
summary-off = ⏰ <b>The daily summary is off.</b> Tap an hour: then every day each owner reads how the day before went, what waits, and what runs low.
shop-time-is = 🕐 The shop's own time: <b>{ $zone }</b>, now { $clock }. Statistics and files go by it. Change it with 🌍 Time zone below.
button-summary-off = 🔕 Switch it off
button-exports = 📤 Files
exports-title = 📤 <b>What do you want as a file?</b>
    CSV opens everywhere; XLSX has amounts as numbers.
export-begun = It will be in this chat soon.
export-too-many = Some files are on their way to you already. Please wait for them.
export-making = { $rows ->
    [0] ⏳ { $what }: being put together …
   *[other] ⏳ { $what }: { $rows } rows so far …
}
export-done = { $rows ->
    [one] ✅ { $what }: one row
   *[other] ✅ { $what }: { $rows } rows
}
export-cut = ✅ { $what }: the first { $rows } rows. There are more; a file holds no more than these.
export-failed = ⚠️ { $what }: the file could not be sent. Please ask for it again.
export-orders = Orders
export-payments = Payments
export-stock = Stock
export-units = Stock units
export-customers = Customers
button-open-product = 📦 Open the product
button-broadcasts = 📣 Broadcasts
broadcasts-title = 📣 <b>Broadcasts</b>
    One message to many of your customers.
button-new-broadcast = ✨ New broadcast
ask-broadcast-text = 📣 <b>What shall they read?</b> Send the text, up to { $most } characters. Nothing goes out yet.
ask-broadcast-picture = 🖼 <b>Send the picture.</b> A photo, or a PNG or JPEG file of up to 10 MB.
ask-broadcast-button = 🛍 <b>Which product shall the button open?</b>
ask-audience = 👥 <b>Who shall get it?</b>
ask-audience-language = 🌐 <b>People who are spoken to in which language?</b>
ask-audience-product = 📦 <b>Buyers of which product?</b>
ask-send = { $people ->
    [one] 📣 <b>Send it to one person now?</b>
   *[other] 📣 <b>Send it to { $people } people now?</b>
} You can pause or stop it at any time; what has gone out stays.
broadcast-draft = 📝 <b>Draft.</b> Nothing has gone out yet.
broadcast-with-picture = 🖼 With a picture
broadcast-no-picture = 🖼 Without a picture
broadcast-opens = 🛍 A button opens { $name }
broadcast-no-button = 🛍 Without a button
broadcast-to = { $people ->
    [one] 👥 To { $whom }: one person
   *[other] 👥 To { $whom }: { $people } people
}
broadcast-nobody = Nobody can be reached by this. Choose other people.
broadcast-no-draft = This one is on its way already.
broadcast-dropped = The draft is gone.
broadcast-begun = On its way. A message shows how far it is.
broadcast-running = 📣 <b>The broadcast is on its way.</b>
broadcast-paused = ⏸ <b>The broadcast is paused.</b>
broadcast-done = ✅ <b>The broadcast is done.</b>
broadcast-cancelled = ✖️ <b>The broadcast was stopped.</b>
broadcast-sent = Sent: { $sent } of { $total }
broadcast-gone = 📵 { $count } had blocked the bot
broadcast-refused = ⚠️ { $count } could not be sent
audience-everybody = everybody
audience-language = everybody who is spoken to in { $code }
audience-inactive = everybody without an order for { $days } days
audience-buyers = buyers of { $name }
button-everybody = 👥 Everybody
button-buyers-of = 📦 Buyers of …
button-by-language = 🌐 Language …
button-inactive = 💤 No order for { $days } days
button-text = ✏️ Text
button-picture = 🖼 Picture
button-no-picture = 🖼 No picture
button-product-button = 🛍 Button
button-no-button = No button
button-audience = 👥 To whom
button-preview = 👁 Preview
button-send-broadcast = 📣 Send ({ $people })
button-yes-send = Yes, send it
button-drop-draft = 🗑 Discard
button-see = 🛍 { $name }
button-pause = ⏸ Pause
button-resume = ▶️ Go on
button-stop = ✖️ Stop
command-find = Find an order
command-stats = How the shop does

## Stock: files, what is free, who got what

album-begun = ⏳ Your files are being read …
stock-progress = ⏳ { $done } of { $total } …
stock-broken = ⚠️ { $added } are safe; then something went wrong on our side. Please send the same once more: what is in already is not added twice.
stock-files-added = { $count ->
    [one] 📎 It is sold as it is: one buyer gets the whole file. Was it a list of keys? Take it out under 📦 Units, and send it as .txt or .csv.
   *[other] 📎 { $count } files are sold as they are, each to one buyer. Was one a list of keys? Take it out under 📦 Units, and send it as .txt or .csv.
}
stock-files-known = Left out, because the product has or had the same already: { $names }
wrong-quote = ⚠️ The quote that opens in line { $line } is not closed where its field ends. Please put it right and send the file again. Nothing was added.
wrong-zip-damaged = ⚠️ That is no .zip, or a damaged one. Please pack it again and send it once more. Nothing was added.
wrong-zip-empty = ⚠️ There are no files in that .zip. Please put files into it and send it again. Nothing was added.
wrong-zip-many = ⚠️ There are { $count } files in that .zip; at most { $most } go in at once. Please send them in parts. Nothing was added.
wrong-zip-large = ⚠️ Unpacked, that .zip would be larger than { $megabytes } MB, or a file in it is packed more densely than files are. Please send it in parts, or without compression. Nothing was added.
wrong-zip-barred = ⚠️ Some files in that .zip stay closed to me. Please pack it again without a password, and archives unpacked. Nothing was added.
    { $files }
wrong-entry-locked = 🔒 { $name } has a password
wrong-entry-nested = 🗜 { $name } is an archive inside the .zip
and-more = … and { $count } more
wrong-entries = ⚠️ Some files in that .zip cannot be sold. Please put them right and send it again. Nothing was added.
    { $files }
wrong-entry-empty = 📎 { $name } is empty
wrong-entry-large = 📎 { $name } is larger than { $megabytes } MB, which is the most that can be sent to a buyer
button-units = 📦 Units
button-sold-units = 🧾 Who got what
units-title = <b>{ $count } free</b>, the newest first. Tap one to take it out.
units-none = Nothing is free now.
ask-take-out = 📤 <b>Take this unit out of stock?</b> It will not be sold. You can add it again later.

    { $unit }
button-yes-take-out = 📤 Yes, take it out
unit-taken-out = 📤 Taken out: { $unit }
unit-set-aside = It is set aside for order { $order } and cannot be taken out now.
unit-sold = It was sold in order { $order } and cannot be taken out.
unit-gone = It is not there any more.
button-take-all = { $count ->
    [one] 📤 Take the free unit out
   *[other] 📤 Take all { $count } free units out
}
ask-take-all = { $count ->
    [one] 📤 <b>Take the free unit out of stock?</b> It is sent to you as a file first, and you can add it again later.
   *[other] 📤 <b>Take all { $count } free units out of stock?</b> They are sent to you as a file first, and you can add them again later.
}
units-taken-out = { $count ->
    [one] 📤 One unit was taken out. It is in the file above.
   *[other] 📤 { $count } units were taken out. They are in the files above.
}
units-kept = { $count ->
    [one] ⚠️ This one was bought meanwhile and stays: { $names }. It is in the files too; do not use it.
   *[other] ⚠️ These { $count } were bought meanwhile and stay: { $names }. They are in the files too; do not use them.
}
sold-title = 🧾 <b>Who got what</b>, the newest first
sold-none = 🧾 Nothing was sold yet.
button-find-unit = 🔎 Find a unit
ask-find-unit = 🔎 <b>Which unit?</b> Send a part of it.
found-no-unit = No sold unit has “{ $wanted }” in it. Send another part.
deed-stock-taken-out = took stock out
## The catalog as a file

deed-catalog-imported = imported a catalog file
button-catalog-file = 📄 Catalog file
catalog-file-page =
    📄 <b>The catalog as a file</b>

    Take it out, change it on your computer, and send it here: <code>catalog.yaml</code>, or a <code>.zip</code> with it and its pictures and files. First you see what would change, then you decide. What the file does not name stays as it is.
catalog-file-goods = 🔐 A full export holds your unsold stock and your webhook secrets as plain text.
button-catalog-export = 📤 Export
button-catalog-bare = 📤 Without stock and secrets
button-catalog-apply = ✅ Apply
button-catalog-discard = ✖️ Discard
catalog-making = { $count ->
    [0] ⏳ The catalog file is being made…
   *[other] ⏳ The catalog file is being made: { $count } products so far…
}
catalog-goods-inside = 🔐 Your unsold stock and your webhook secrets stand in this file as plain text. Whoever has it has them: save it in a safe place and delete this message.
catalog-bare-inside = Without stock and secrets. What buyers of file products get is in it. When you import it, stock and secrets stay as they are.
catalog-exported = ✅ The catalog file: categories { $categories }, products { $products }, units of stock { $stock }, pictures and files { $files }.
catalog-too-large = ⚠️ With its pictures and files your catalog is larger than { $megabytes } MB, and I can send no more. Whoever runs this shop gets it with <code>kiosk catalog export FILE</code>.
catalog-one-way = It is larger than { $megabytes } MB, so I cannot take it back here in one piece. Send me its <code>catalog.yaml</code> alone, or let whoever runs this shop use <code>kiosk catalog import FILE</code>.
catalog-not-sent = ⚠️ The catalog file could not be sent. Please ask for it again.
catalog-file-please = Please send the catalog as a file: <code>catalog.yaml</code>, or a <code>.zip</code> with it.
catalog-not-as-photo = This came as a photo. Please send the catalog as a file: <code>catalog.yaml</code>, or a <code>.zip</code> with it and its pictures.
catalog-neither = This is no catalog, and nothing was changed. Please send <code>catalog.yaml</code>, or a <code>.zip</code> with it.
catalog-zip-damaged = This .zip cannot be opened, and nothing was changed. Please pack it again.
catalog-zip-empty = There is nothing in this .zip. Please pack <code>catalog.yaml</code> and its pictures.
catalog-zip-too-many = There are { $files } files in this .zip; I take { $most }. Please leave out what the catalog does not name.
catalog-zip-too-large = Unpacked, this .zip is larger than I take ({ $megabytes } MB), or packed more tightly than honest files are. Nothing was changed.
catalog-zip-barred = Some files in this .zip stay closed to me, and nothing was changed. Please pack it again without a password, and archives unpacked. To sell an archive, pack it under a name without its ending, and name it in the catalog with its real name beside it.
    { $files }
catalog-zip-none = There is no <code>catalog.yaml</code> in this .zip, neither at its top nor in its one folder. Please pack it with the pictures.
catalog-zip-two = There are two catalogs in this .zip, { $first } and { $second }. Please leave one.
catalog-zip-outside = { $name } in this .zip leads out of it. Nothing was changed; please pack it again.
catalog-problems = { $count ->
    [one] ⚠️ <b>The file has a problem, and nothing was changed.</b> Correct it and send the file again.
   *[other] ⚠️ <b>The file has { $count } problems, and nothing was changed.</b> Correct them and send the file again.
}
catalog-problem = Line { $line }: { $what }
catalog-problems-more = … and { $count } more. All of them are in problems.txt.
catalog-plan = 📄 <b>This file would make these changes:</b>
catalog-plan-another = 📄 <b>The shop has changed meanwhile. Now the file would change it so:</b>
catalog-plan-shop = The shop's own settings change.
catalog-plan-categories = Categories: { $added } new, { $changed } changed, { $same } as they are
catalog-plan-products = Products: { $added } new, { $changed } changed, { $same } as they are
catalog-plan-stock = { $added ->
    [one] Stock: one unit new, { $known } known before
   *[other] Stock: { $added } units new, { $known } known before
}
catalog-plan-kept = { $count ->
    [one] One picture or file is named and was not sent: the one that the shop has stays.
   *[other] { $count } pictures and files are named and were not sent: those that the shop has stay.
}
catalog-plan-left = Not in the file, and left as they are: categories { $categories }, products { $products }
catalog-plan-more = { $count ->
    [one] … and one line more. All of them are in changes.txt.
   *[other] … and { $count } lines more. All of them are in changes.txt.
}
catalog-ask-apply = Nothing is changed yet.
catalog-nothing = ✅ The shop is as this file says already. There is nothing to change.
catalog-applied = ✅ <b>Done.</b>
catalog-secrets = { $count ->
    [one] 🔐 <b>A new secret</b> signs the questions to your system. It is told this once: keep it, then delete this message.
   *[other] 🔐 <b>New secrets</b> sign the questions to your systems. They are told this once: keep them, then delete this message.
}
catalog-secret = { $product }: <tg-spoiler><code>{ $secret }</code></tg-spoiler>
catalog-secrets-apart = 🔐 What was made to sign the questions to your systems comes in a message of its own.
catalog-discarded = Nothing was changed.
catalog-other-file = Telegram gave me another file than before, and nothing was changed. Please send it again.
## Further settings of the shop

button-zone = 🌍 Time zone
ask-zone = 🌍 <b>By which clock does the shop live?</b>
    Now: { $zone }, where it is { $clock }. Days, the daily summary, files and quiet hours go by it, summer time included.

    Tap a zone, or send a name: <code>Europe/Berlin</code>, <code>berlin</code>, <code>UTC+3</code>, <code>+5:30</code>
zone-near = 🤔 I do not know that zone. Is it one of these?
zone-unknown = ⚠️ I do not know that zone. Please send the name of a large city in it, or a distance like UTC+3.
button-quiet = 🌙 Quiet hours
quiet-page = 🌙 <b>Quiet hours</b>: { $hours } ({ $zone })

    In them what can wait comes without a sound: sales, low stock, the daily summary. Nothing is held back. Open cases and trouble with payments ring as ever, unless you switch that too. What buyers are told is not touched.

    Tap, or send your own: <code>23:30-07:15</code>
quiet-off = off
wrong-quiet = ⚠️ Please send two times with a dash between them, like 23:30-07:15
button-quiet-off = 🔔 Off: everything rings
button-quiet-urgent-off = 🔔 Cases ring all the same
button-quiet-urgent-on = 🔕 Cases are quiet, too
button-notices = 📣 Notices
notices-in-private = 📣 <b>Notices come to the private chats of the staff.</b>
notices-in-group = 📣 <b>Notices come to the group { $title }.</b>
notices-in-topic = 📣 <b>Notices come to a topic of the group { $title }.</b>
notices-how = To have sales, cases and low stock come to a group: add the bot to it and send /noticeshere there, in the topic if they belong in one. Everybody in that group reads them. The daily summary stays with the owners, in private.
button-notices-home = 👤 Back to private chats
notices-here-set = ✅ The staff's notices come here from now on.
notices-here = 📣 The staff's notices come to the group { $title } now. /settings leads them back to the private chats.
notices-ended = 📣 The staff's notices do not go to the group { $title } any more, because whoever chose it is no owner now. They come to the private chats again. To choose a place anew, send /noticeshere there.
notices-home = 📣 The group { $title } does not take the staff's notices any more: I am not in it, may not write there, or the topic is gone. They come to the private chats again; nothing was lost. To choose a place anew, send /noticeshere there.
staff-button = This button is for the staff of the shop.
look-in-private = 👉 See our private chat.
open-me-first = 👉 Please open a private chat with me and press Start, then tap again.
button-shop-picture = 🖼 Picture
ask-shop-picture = 🖼 <b>A picture above the greeting</b>
    Send a photo, or a PNG or JPEG file of up to 10 MB. Buyers see it above the words they read first.
shop-picture-kept = ✅ Buyers see this picture now.
shop-picture-gone = ✅ The picture is gone.

## A photo as an answer

hint-photo = Please send a photo here, or a picture as a file of up to 20 MB.
answer-photo-please = ⚠️ A photo is wanted here: please send one with the paper clip, as a photo or as a picture file.
answer-photo = 🖼 photo
button-show-photo = 🖼 Show photo
button-ask-photo = 🖼 Photo
question-photo = Please send a photo.

## Further deeds

deed-order-cancelled = took an unpaid order back
deed-broadcast-written = prepared a broadcast
deed-broadcast-sent = sent a broadcast
deed-broadcast-steered = steered a broadcast
deed-file-taken = took a file out of the shop
deed-category-changed = changed the categories

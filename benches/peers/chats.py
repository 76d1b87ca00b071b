"""A bot of a shop as aiogram's guide has it: words get the help, a tap is answered and its message shows the front. It keeps nothing.

Words: where the Bot API is, the token, and a file with what Kiosk has answered to the same: "words" and "tap", as the Bot API takes them.
"""

import json
import pathlib
import sys

import uvloop
from aiogram import Bot, Dispatcher, F
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message


def screen(shown):
    markup = shown.get("reply_markup")
    return shown["text"], markup and InlineKeyboardMarkup.model_validate(markup)


async def main(url, token, file):
    shown = json.loads(pathlib.Path(file).read_text())
    (help_text, help_keyboard), (front_text, front_keyboard) = screen(shown["words"]), screen(shown["tap"])
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    bot = Bot(token, session=session, default=DefaultBotProperties(parse_mode=ParseMode.HTML))
    dispatcher = Dispatcher()

    @dispatcher.message(Command("help"))
    async def answer_words(message: Message):
        await message.answer(help_text, reply_markup=help_keyboard)

    @dispatcher.callback_query(F.data == "h")
    async def answer_tap(query: CallbackQuery):
        await query.answer()
        await query.message.edit_text(front_text, reply_markup=front_keyboard)

    await dispatcher.start_polling(bot, handle_signals=False)


uvloop.run(main(*sys.argv[1:]))

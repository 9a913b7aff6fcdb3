# SPDX-License-Identifier: LGPL-2.1-or-later
"""polkitd as the daemon sees it. A script is a function of the mock and a question; each of those below either is
one or makes one."""

from peer import Peer

NAME = 'org.freedesktop.PolicyKit1'
INTERFACE = 'org.freedesktop.PolicyKit1.Authority'
INTERACTIVE = 1


class Question:
    """One CheckAuthorization() call."""

    def __init__(self, message):
        self.message = message
        (self.subject_kind, self.subject), self.action, self.details, self.flags, self.cancellation = message.body
        self.interactive = self.flags == INTERACTIVE

    @property
    def short(self):
        """The last word of the action and what it is about, for comparing."""
        return (self.action.removeprefix('org.userunit1.'), self.details.get('account'), self.details.get('unit'))


def answer(authorized, challenge, details=()):
    return lambda polkit, q: polkit.peer.reply(q.message, '(bba{ss})', (authorized, challenge, dict(details)))


yes = answer(True, False)
no = answer(False, False)
challenge = answer(False, True)


def error(name='org.freedesktop.PolicyKit1.Error.Failed', text='played'):
    return lambda polkit, q: polkit.peer.error(q.message, name, text)


def raw(signature, *values):
    """A reply of any types."""
    return lambda polkit, q: polkit.peer.reply(q.message, signature, *values)


def never(polkit, q):
    pass


def die(polkit, q):
    polkit.die()


def later(seconds, script):
    return lambda polkit, q: polkit.loop.later(seconds, lambda: script(polkit, q))


def prompt(script):
    """As the real one does with auth_admin: a challenge, unless a person may be asked, who then does `script`."""
    return lambda polkit, q: (script if q.interactive else challenge)(polkit, q)


def when(condition, then, otherwise=no):
    return lambda polkit, q: (then if condition(q) else otherwise)(polkit, q)


class Polkit:
    def __init__(self, loop, path):
        self.loop, self.path = loop, path
        self.script = no
        self.questions = []
        self.cancelled = []
        self.peer = None

    def start(self):
        self.peer = Peer(self.loop, self.path)
        self.peer.handle(INTERFACE, 'CheckAuthorization', self.on_question)
        self.peer.handle(INTERFACE, 'CancelCheckAuthorization', lambda m: self.cancelled.append(m.body[0]))
        self.peer.request_name(NAME)

    def on_question(self, message):
        question = Question(message)
        self.questions.append(question)
        self.script(self, question)

    def die(self):
        if self.peer:
            self.peer.close()
            self.peer = None

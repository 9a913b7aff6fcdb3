# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion for fish. What can stand where is known to userunitctl itself, which gets the words and prints candidates,
# each with a description behind a tab. fish puts no blank behind / = and @ by itself.

function __fish_userunitctl
    set -l words (commandline -opc)
    set -l current (commandline -ct)

    # An open quote is closed for a moment, so that the word can be read.
    set -l quote (string match -r '^[\'"]' -- "$current")
    test -n "$quote"; and not string match -qr '.[\'"]$' -- "$current"; and set current "$current$quote"
    set current (string unescape -- "$current")

    userunitctl __complete lines -- $words "$current" 2>/dev/null
    # A command of one's own is being typed.
    test $status -eq 10; and __fish_complete_path "$current"
end

complete -c userunitctl -f -a '(__fish_userunitctl)'

"""Pages from a source: what bytes were received, from where, when, and under which headers.

    http.fetch(url)             a response, as a server sent it
    browser.render(url)         a DOM, as scripts left it, beside the response
    warc.read(path, number)     a response out of a web archive
    local.read(path), .stdin()  a file as it lies, or standard input

Whatever is read is hostile: names that lead into the own network, responses without end, bombs. Nothing here writes a file.
"""

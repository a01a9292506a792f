export default async function (load) {
  const { default: Parser } = await load("@postlight/parser");
  return async (html, url) => {
    // An address it must have; with the page given and no further pages wanted it fetches nothing. An empty page it takes for none
    // given, and would fetch it.
    const found = await Parser.parse(url ?? "https://page.invalid/", { html: html || " ", fetchAllPages: false });
    if (found.error) throw new Error(found.message);
    return found.content;
  };
}

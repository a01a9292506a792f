export default async function (load) {
  const { default: Parser } = await load("@postlight/parser");
  return async (html, url) => {
    // An address it must have; with the page given and no further pages wanted it fetches nothing.
    const found = await Parser.parse(url ?? "https://page.invalid/", { html, fetchAllPages: false });
    if (found.error) throw new Error(found.message);
    return found.content;
  };
}

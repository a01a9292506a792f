export default async function (load) {
  const { extractFromHtml } = await load("@extractus/article-extractor");
  return async (html, url) => (await extractFromHtml(html, url ?? ""))?.content;
}

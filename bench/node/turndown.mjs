export default async function (load) {
  const { default: TurndownService } = await load("turndown");
  return (html) => new TurndownService().turndown(html);
}

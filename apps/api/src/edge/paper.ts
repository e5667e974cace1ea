import pdfmake from 'pdfmake';
import type { Content } from 'pdfmake/interfaces';

/** The font is embedded, as far as it is used: paper must not depend on what a machine has. */
const font = require.resolve('@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf');
pdfmake.setFonts({ NotoSansSC: { normal: font, bold: font, italics: font, bolditalics: font } });
pdfmake.setUrlAccessPolicy(() => false);
pdfmake.setLocalAccessPolicy((path) => path === font);

/**
 * A4, to be printed and signed. The same content gives the same bytes.
 * @param about.at when what it says came to be, not when it is printed
 * @param about.foot stands before the number of each page
 */
export function printPaper(
  content: Content[],
  { title, at, foot }: { title: string; at: Date; foot: string },
): Promise<Buffer> {
  const document = {
    info: { title, creationDate: at },
    ...{ pageSize: 'A4' as const, defaultStyle: { font: 'NotoSansSC', fontSize: 9 }, content },
    footer: (page: number, pages: number): Content => ({
      ...{ text: `${foot}  第 ${page} 页,共 ${pages} 页`, alignment: 'center', fontSize: 8 },
    }),
  };
  return pdfmake.createPdf(document).getBuffer();
}

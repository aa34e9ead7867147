/**
 * Cases of the corpora that Waybill reads in another way than their expectation says, each with the reason. docs/FILES.md has
 * the same list.
 */
const strictQuotes =
  'a quote inside a field that does not begin with one, or text after a closing quote, is refused with its place: whether it is data or a mistake nobody can tell';
const blankLines = 'blank lines are skipped, also the last one';
const ragged = 'rows of other lengths than the header are faults of these rows, with their line';
const partOfFile = 'a file is read whole: there is no option to skip or stop at lines';
const noRows = 'a file without header is refused: it may be one that was cut off';
const goCarriageReturn = 'a carriage return outside of quotes ends the record, as in files of old spreadsheets';
const trim = 'spaces are data: there is no trimming';
const escapes = 'a quote inside a quoted field is doubled; other escape characters are not read';
const typing = 'cells are text until PostgreSQL reads them by the type of their column';

export const judgedOtherwise: Readonly<Record<string, string>> = {
  'csv-spectrum/location_coordinates.csv': strictQuotes,
  'go-encoding-csv/BareCR.csv': goCarriageReturn,
  'go-encoding-csv/FieldCRCRLF.csv': goCarriageReturn,
  'go-encoding-csv/BareQuotes.csv': strictQuotes,
  'go-encoding-csv/LazyQuoteWithTrailingCRLF.csv': strictQuotes,
  'go-encoding-csv/LazyQuotes.csv': strictQuotes,
  'go-encoding-csv/FieldCount.csv': ragged,
  'go-encoding-csv/NonASCIICommaAndComment.csv': trim,
  'go-encoding-csv/TrailingCommaSpaceEOF.csv': trim,
  'go-encoding-csv/TrimQuote.csv': trim,
  'papaparse/core-Duplicated-header-names-existing-column.csv': 'a name that comes twice is refused: renaming it would leave a column out in silence',
  'papaparse/core-Empty-input-string.csv': noRows,
  'papaparse/core-Entire-file-is-comment-lines.csv': noRows,
  'papaparse/core-Input-with-only-a-commented-line-and-blank-line-after.csv': noRows,
  'papaparse/parse-Empty-input-string.csv': noRows,
  'papaparse/parse-Skip-empty-lines-with-empty-input.csv': noRows,
  'papaparse/core-Fast-mode-with-blank-line-at-end.csv': blankLines,
  'papaparse/core-One-column-input-with-empty-fields.csv': 'a line break at the end of the file ends the last record and begins no other one',
  'papaparse/parse-Blank-line-at-beginning.csv': blankLines,
  'papaparse/core-Fast-mode-with-preview.csv': partOfFile,
  'papaparse/parse-Preview-2-rows.csv': partOfFile,
  'papaparse/parse-Preview-should-count-rows-not-lines.csv': partOfFile,
  'papaparse/parse-Skip-First-N-number-of-lines-with-header-and-2-rows.csv': partOfFile,
  'papaparse/parse-Skip-first-2-lines-with-custom-newline-character.csv': partOfFile,
  'papaparse/core-Input-is-just-empty-fields.csv': ragged,
  'papaparse/parse-Blank-line-in-middle-with-whitespace.csv': ragged,
  'papaparse/parse-Dynamic-typing-can-be-applied-to-__parsed_extra.csv': ragged,
  'papaparse/parse-Row-with-too-few-fields.csv': ragged,
  'papaparse/parse-Parsing-with-skipEmptyLines-set-to-greedy.csv': ragged,
  'papaparse/parse-Parsing-with-skipEmptyLines-set-to-greedy-with-quotes-and-delimi.csv': ragged,
  'papaparse/core-Misplaced-quotes-in-data-not-as-opening-quotes.csv': strictQuotes,
  'papaparse/core-Quoted-field-with-whitespace-around-quotes.csv': strictQuotes,
  'papaparse/core-Unquoted-field-with-quotes-at-end-of-field.csv': strictQuotes,
  'papaparse/parse-Quoted-fields-with-spaces-between-closing-quote-and-next-delimit-2.csv': strictQuotes,
  'papaparse/parse-Quoted-fields-with-spaces-between-closing-quote-and-next-new-lin.csv': strictQuotes,
  'papaparse/parse-Custom-escape-character-at-the-end.csv': escapes,
  'papaparse/parse-Custom-escape-character-in-the-middle.csv': escapes,
  'papaparse/parse-Dynamic-typing-applies-to-specific-columns.csv': typing,
  'papaparse/parse-Dynamic-typing-converts-boolean-literals.csv': typing,
};

package letter

import (
	"html"
	"strconv"
	"strings"
)

// rtf reads a Rich Text document.
func (r *reading) rtf(f file, depth int, at place) ([]piece, bool) {
	w := rtfText(f.data)
	if w.objects {
		r.problem(CodeUnread, at.source)
	}
	if w.pictures {
		r.problem(CodeImage, at.source)
	}
	if w.deleted {
		r.problem(CodeDeleted, at.source)
	}
	if w.html.Len() > 0 {
		return segment(htmlText(w.html.String()), at), true
	}
	return segment(w.lines, at), true
}

// rtfText walks the tokens of RTF (Rich Text Format Specification 1.9.1). HTML
// that Outlook wrapped in RTF ([MS-OXRTFEX]) comes out as HTML.
func rtfText(data []byte) *rtfWalker {
	w := &rtfWalker{data: data, charset: "windows-1252"}
	w.group = rtfGroup{skipBytes: 1}
	for w.pos < len(w.data) {
		w.token()
	}
	w.flush()
	w.endLine(line{hidden: w.group.hidden}, false)
	w.closeTables()
	return w
}

// rtfGroup is what a brace saves.
type rtfGroup struct {
	skip      bool // a destination without text
	hidden    bool
	skipBytes int  // bytes that stand in for a \u
	wrapped   bool // within \htmlrtf: the RTF's own version of the HTML
	tag       bool // within \*\htmltag: HTML
}

type rtfWalker struct {
	canvas
	data    []byte
	pos     int
	group   rtfGroup
	stack   []rtfGroup
	charset string
	pending []byte // bytes in the document's character set
	drop    int    // bytes still to be passed over after a \u
	fromTML bool
	html    strings.Builder

	objects, pictures, deleted bool
}

// maxGroups is how deep braces are followed.
const maxGroups = 10000

// token reads one token.
func (w *rtfWalker) token() {
	c := w.data[w.pos]
	w.pos++
	switch c {
	case '{':
		w.flush()
		if len(w.stack) < maxGroups {
			w.stack = append(w.stack, w.group)
		}
	case '}':
		w.flush()
		if n := len(w.stack); n > 0 {
			hidden := w.group.hidden
			w.group = w.stack[n-1]
			w.stack = w.stack[:n-1]
			w.hiddenTo(hidden, w.group.hidden)
		}
	case '\\':
		w.control()
	case '\r', '\n':
	default:
		w.byte(c)
	}
}

// byte takes one byte of text.
func (w *rtfWalker) byte(c byte) {
	if w.drop > 0 {
		w.drop--
		return
	}
	w.pending = append(w.pending, c)
}

// control reads a control symbol or word.
func (w *rtfWalker) control() {
	if w.pos >= len(w.data) {
		return
	}
	c := w.data[w.pos]
	if !letter(c) {
		w.pos++
		w.symbol(c)
		return
	}
	start := w.pos
	for w.pos < len(w.data) && letter(w.data[w.pos]) && w.pos-start < 64 {
		w.pos++
	}
	word := string(w.data[start:w.pos])
	start = w.pos
	if w.pos < len(w.data) && w.data[w.pos] == '-' {
		w.pos++
	}
	for w.pos < len(w.data) && w.data[w.pos] >= '0' && w.data[w.pos] <= '9' && w.pos-start < 12 {
		w.pos++
	}
	n, err := strconv.Atoi(string(w.data[start:w.pos]))
	has := err == nil
	if w.pos < len(w.data) && w.data[w.pos] == ' ' {
		w.pos++
	}
	w.word(word, n, has)
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// symbol handles the controls of one sign.
func (w *rtfWalker) symbol(c byte) {
	switch c {
	case '\'':
		if w.pos+1 < len(w.data) && hexVal(w.data[w.pos]) >= 0 && hexVal(w.data[w.pos+1]) >= 0 {
			w.byte(byte(hexVal(w.data[w.pos])<<4 | hexVal(w.data[w.pos+1])))
			w.pos += 2
		}
	case '*':
		w.destination()
	case '~':
		w.byte(' ')
	case '_':
		w.byte('-')
	case '\n', '\r':
		w.newline()
	case '\\', '{', '}':
		w.byte(c)
	}
}

// destination handles \*: what follows may be passed over, but for HTML tags
// and the fields of text boxes.
func (w *rtfWalker) destination() {
	rest := string(w.data[w.pos:min(len(w.data), w.pos+24)])
	switch {
	case strings.HasPrefix(rest, `\htmltag`):
		w.group.tag = true
	case strings.HasPrefix(rest, `\shpinst`), strings.HasPrefix(rest, `\shptxt`), strings.HasPrefix(rest, `\footnote`), strings.HasPrefix(rest, `\annotation`):
	default:
		w.group.skip = true
	}
}

// silent are destinations without text of the document.
var silent = wordSet("fonttbl colortbl stylesheet info pict object themedata datastore listtable listoverridetable rsidtbl generator xmlnstbl mmathPr latentstyles fldinst filetbl revtbl bkmkstart bkmkend sp sn sv nonshppict blipuid objdata")

// word handles a control word.
func (w *rtfWalker) word(word string, n int, has bool) {
	switch word {
	case "u":
		w.flush()
		if !w.group.skip {
			w.write(string(rune(uint16(n))))
		}
		w.drop = w.group.skipBytes
	case "uc":
		w.group.skipBytes = max(0, min(n, 16))
	case "ansicpg":
		w.charset = "windows-" + strconv.Itoa(n)
	case "mac":
		w.charset = "macintosh"
	case "fromhtml":
		w.fromTML = true
	case "htmlrtf":
		w.flush()
		w.group.wrapped = !has || n != 0
	case "v":
		w.flush()
		was := w.group.hidden
		w.group.hidden = !has || n != 0
		w.hiddenTo(was, w.group.hidden)
	case "deleted":
		w.flush()
		w.group.skip = !has || n != 0
		w.deleted = w.deleted || w.group.skip
	case "bin":
		w.pos = min(len(w.data), w.pos+max(0, n))
	default:
		w.layoutWord(word)
	}
}

// layoutWord handles the words that end lines and cells.
func (w *rtfWalker) layoutWord(word string) {
	switch {
	case silent[word]:
		w.flush()
		w.group.skip = true
		w.pictures = w.pictures || word == "pict"
		w.objects = w.objects || word == "object"
	case word == "par" || word == "line" || word == "sect" || word == "page":
		w.newline()
	case word == "tab":
		w.flush()
		w.write("\t")
	case word == "trowd" && !w.group.skip:
		w.openCells()
	case word == "cell" || word == "nestcell":
		w.openCells()
		w.newline()
		w.withTable(func(t *table) { t.closeCell(); t.openCell(1, 1) })
	case word == "row" || word == "nestrow":
		w.flush()
		w.withTable(func(t *table) { t.openRow(); t.openCell(1, 1) })
	case word == "pard":
		w.endTable()
	case word == "lquote" || word == "rquote":
		w.byte('\'')
	case word == "ldblquote" || word == "rdblquote":
		w.byte('"')
	case word == "emdash" || word == "endash" || word == "bullet":
		w.byte('-')
	}
}

// openCells begins a table where a row's first sign comes.
func (w *rtfWalker) openCells() {
	if w.fromTML || len(w.tables) > 0 {
		return
	}
	w.flush()
	w.endLine(line{hidden: w.group.hidden}, false)
	w.openTable()
	w.withTable(func(t *table) { t.openRow(); t.openCell(1, 1) })
}

// endTable ends the table if the paragraph that begins here is outside it.
func (w *rtfWalker) endTable() {
	if len(w.tables) == 0 {
		return
	}
	next := string(w.data[w.pos:min(len(w.data), w.pos+200)])
	if text := strings.IndexByte(next, ' '); text >= 0 {
		next = next[:text]
	}
	if !strings.Contains(next, `\intbl`) && !strings.Contains(next, `\trowd`) {
		w.flush()
		w.closeTables()
	}
}

func (w *rtfWalker) newline() {
	w.flush()
	switch {
	case w.group.skip:
	case w.fromTML:
		w.write("\n")
	default:
		w.endLine(line{hidden: w.group.hidden}, len(w.tables) == 0)
	}
}

// flush decodes the bytes collected so far.
func (w *rtfWalker) flush() {
	if len(w.pending) > 0 && !w.group.skip {
		text, _ := toUTF8(w.pending, w.charset)
		w.write(text)
	}
	w.pending = w.pending[:0]
}

// write puts text where it belongs.
func (w *rtfWalker) write(s string) {
	switch {
	case w.fromTML && w.group.wrapped:
	case w.fromTML && w.group.tag:
		w.html.WriteString(s)
	case w.fromTML:
		w.html.WriteString(html.EscapeString(s))
	default:
		w.buf.WriteString(clean(s))
	}
}

// hiddenTo ends the line where hidden text begins or ends.
func (w *rtfWalker) hiddenTo(was, is bool) {
	if was != is && !w.fromTML {
		w.endLine(line{hidden: was}, false)
	}
}

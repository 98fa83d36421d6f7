package letter

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlText turns HTML into lines, as a mail program would show them and with
// what it would not show marked as hidden. It is a walk over tokens, not over a
// tree, so that no nesting can exhaust it.
func htmlText(src string) []line {
	w := htmlWalker{hiddenClass: hiddenClasses(src)}
	w.walk(src)
	return w.lines
}

// walk reads all tokens of src.
func (w *htmlWalker) walk(src string) {
	z := html.NewTokenizer(strings.NewReader(src))
	for {
		switch z.Next() {
		case html.ErrorToken:
			w.finish(string(z.Raw()))
			return
		case html.TextToken:
			w.text(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			w.open(z.Token())
		case html.EndTagToken:
			w.close(z.Token())
		case html.CommentToken:
			raw := string(z.Raw())
			open := strings.HasPrefix(raw, "<!--") && !strings.HasSuffix(raw, "-->") && !strings.HasSuffix(raw, "--!>")
			w.comment(string(z.Text()), open)
		}
	}
}

// htmlWalker holds what is open while tokens go by.
type htmlWalker struct {
	canvas
	space bool // a blank is due before the next word

	skip        string // the element without readable text that is open
	pre         int
	quote       int
	quotes      []bool    // open blockquotes and divs: does it cite a mail
	hidden      atom.Atom // the element that hides, and how many of its name are open in it
	hiddenDepth int
	hiddenClass map[string]bool
	skipped     string // what stood in the element that is skipped
	inner       int    // comments within one another
}

// text adds words; runs of blanks are one blank outside <pre>.
func (w *htmlWalker) text(s string) {
	switch {
	case w.skip != "":
		w.skipped = s
		return
	case s == "":
		return
	case w.pre > 0:
		for i, l := range strings.Split(clean(s), "\n") {
			if i > 0 {
				w.newline(false)
			}
			w.buf.WriteString(l)
		}
		return
	}
	if s = clean(s); s == "" {
		return
	}
	if isBlank(s[0]) {
		w.space = true
	}
	for i, f := range strings.Fields(s) {
		if (i > 0 || w.space) && w.buf.Len() > 0 {
			w.buf.WriteByte(' ')
		}
		w.buf.WriteString(f)
		w.space = false
	}
	w.space = w.space || isBlank(s[len(s)-1])
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' }

// newline ends the line; keep says that an empty one counts.
func (w *htmlWalker) newline(keep bool) {
	w.space = false
	w.endLine(line{quote: w.quote, hidden: w.hidden != 0, block: true}, keep)
}

// open handles a start tag.
func (w *htmlWalker) open(t html.Token) {
	a := t.DataAtom
	if w.skip != "" {
		return
	}
	w.hide(a, t)
	if unread[t.Data] && t.Type == html.StartTagToken {
		w.skip, w.skipped = t.Data, ""
		return
	}
	switch a {
	case atom.Br:
		w.newline(true)
	case atom.Pre, atom.Textarea:
		w.newline(false)
		w.pre++
	case atom.Blockquote:
		w.newline(false)
		w.openQuote(t)
	case atom.Table:
		w.newline(false)
		w.openTable()
	case atom.Tr:
		w.newline(false)
		w.withTable(func(t *table) { t.openRow() })
	case atom.Td, atom.Th:
		w.newline(false)
		col, row := span(attr(t, "colspan")), span(attr(t, "rowspan"))
		w.withTable(func(t *table) { t.openCell(col, row) })
	case atom.Input, atom.Option, atom.Img:
		w.control(a, t)
	case atom.Li:
		w.newline(false)
		w.buf.WriteString("- ")
	default:
		if blocks[a] {
			w.newline(false)
		}
	}
}

// close handles an end tag.
func (w *htmlWalker) close(t html.Token) {
	a := t.DataAtom
	if w.skip != "" {
		if t.Data == w.skip {
			w.skip = ""
		}
		return
	}
	switch a {
	case atom.P:
		// A paragraph of nothing but a blank is an empty line.
		w.newline(w.buf.Len() == 0 && w.space)
	case atom.Pre, atom.Textarea:
		w.newline(false)
		w.pre = max(0, w.pre-1)
	case atom.Blockquote:
		w.newline(false)
		w.closeQuote()
	case atom.Td, atom.Th:
		w.newline(false)
		w.withTable(func(t *table) { t.closeCell() })
	case atom.Tr:
		w.newline(false)
		w.withTable(func(t *table) { t.closeRow() })
	case atom.Table:
		w.newline(false)
		w.closeTable()
	default:
		if blocks[a] {
			w.newline(false)
		}
	}
	w.unhide(a)
}

// blocks are the elements that begin and end a line.
var blocks = map[atom.Atom]bool{
	atom.Div: true, atom.P: true, atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true,
	atom.Ul: true, atom.Ol: true, atom.Li: true, atom.Dl: true, atom.Dt: true, atom.Dd: true, atom.Hr: true, atom.Center: true,
	atom.Address: true, atom.Article: true, atom.Section: true, atom.Header: true, atom.Footer: true, atom.Form: true,
	atom.Fieldset: true, atom.Legend: true, atom.Caption: true, atom.Main: true, atom.Aside: true, atom.Select: true, atom.Option: true,
	atom.Tbody: true, atom.Thead: true, atom.Tfoot: true, atom.Body: true, atom.Nav: true, atom.Figure: true, atom.Details: true, atom.Summary: true,
}

// unread are the elements whose content no mail program shows as text.
var unread = map[string]bool{"style": true, "script": true, "title": true, "xml": true, "svg": true, "o:officedocumentsettings": true}

// control shows what a form element holds.
func (w *htmlWalker) control(a atom.Atom, t html.Token) {
	_, checked := attrOK(t, "checked")
	_, selected := attrOK(t, "selected")
	switch {
	case a == atom.Option:
		w.newline(false)
		if selected {
			w.text("☒ ")
		}
	case a == atom.Img:
		if alt := attr(t, "alt"); strings.Count(strings.TrimSpace(alt), " ") >= 2 {
			w.text(" " + alt + " ")
		}
	case attr(t, "type") == "checkbox" || attr(t, "type") == "radio":
		if checked {
			w.text(" ☒ ")
		} else {
			w.text(" ☐ ")
		}
	case attr(t, "type") != "hidden" && attr(t, "type") != "submit":
		w.text(" " + attr(t, "value") + " ")
	}
}

// openQuote counts blockquotes that cite a mail; others only indent.
func (w *htmlWalker) openQuote(t html.Token) {
	cites := strings.EqualFold(attr(t, "type"), "cite") || strings.Contains(attr(t, "class"), "quote")
	if cites {
		w.quote++
	}
	w.quotes = append(w.quotes, cites)
}

func (w *htmlWalker) closeQuote() {
	n := len(w.quotes)
	if n == 0 {
		return
	}
	if w.quotes[n-1] {
		w.quote--
	}
	w.quotes = w.quotes[:n-1]
}

// comment reads as hidden text a conditional comment, which Outlook shows, and
// a comment without end, which may have swallowed the mail.
func (w *htmlWalker) comment(s string, open bool) {
	if w.skip != "" {
		return
	}
	switch {
	case open:
		w.aside(strings.ReplaceAll(s, "<!--", " "))
	case strings.HasPrefix(s, "[if "):
		_, body, _ := strings.Cut(s, "]>")
		body, _, _ = strings.Cut(body, "<![endif]")
		w.aside(body)
	}
}

// aside reads HTML that is not shown where it stands.
func (w *htmlWalker) aside(src string) {
	if w.inner > 3 {
		return
	}
	in := htmlWalker{hiddenClass: w.hiddenClass, inner: w.inner + 1}
	in.walk(src)
	w.newline(false)
	for _, l := range in.lines {
		if strings.TrimSpace(l.text) != "" {
			l.hidden = true
			w.emit(l)
		}
	}
}

// finish ends what is still open. An element without end that is not shown, and
// the beginning of a tag without end, may have swallowed text.
func (w *htmlWalker) finish(rest string) {
	lost := w.skipped
	if w.skip == "" {
		lost = ""
	}
	w.skip = ""
	if rest = strings.TrimSpace(rest); rest != "" {
		lost += " " + strings.TrimLeft(rest, "<")
	}
	if strings.Contains(strings.TrimSpace(lost), " ") {
		w.aside(lost)
	}
	w.newline(false)
	w.closeTables()
}

func attr(t html.Token, name string) string {
	v, _ := attrOK(t, name)
	return v
}

func attrOK(t html.Token, name string) (string, bool) {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

package letter

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// hide notes that an element hides what is in it.
func (w *htmlWalker) hide(a atom.Atom, t html.Token) {
	if w.hidden != 0 {
		if a == w.hidden && t.Type == html.StartTagToken {
			if endsItself[a] { // a <p> within a <p> ends the first
				w.newline(false)
				w.hidden, w.hiddenDepth = 0, 0
			} else {
				w.hiddenDepth++
			}
		}
		if w.hidden != 0 {
			return
		}
	}
	if t.Type == html.StartTagToken && !void[a] && a != 0 && a != atom.Body && a != atom.Html && w.hides(t) {
		w.newline(false)
		w.hidden, w.hiddenDepth = a, 1
	}
}

// unhide ends hiding with the element that hid.
func (w *htmlWalker) unhide(a atom.Atom) {
	if w.hidden == 0 || a != w.hidden {
		return
	}
	if w.hiddenDepth--; w.hiddenDepth == 0 {
		w.newline(false)
		w.hidden = 0
	}
}

var endsItself = map[atom.Atom]bool{atom.P: true, atom.Td: true, atom.Th: true, atom.Tr: true, atom.Li: true, atom.Option: true}

var void = map[atom.Atom]bool{atom.Br: true, atom.Img: true, atom.Input: true, atom.Hr: true, atom.Meta: true, atom.Link: true, atom.Col: true, atom.Area: true, atom.Base: true, atom.Wbr: true}

// hides tells whether a tag says that its content is not shown.
func (w *htmlWalker) hides(t html.Token) bool {
	if _, ok := attrOK(t, "hidden"); ok {
		return true
	}
	if style := attr(t, "style"); style != "" && hidesStyle(style) {
		return true
	}
	if len(w.hiddenClass) > 0 {
		for c := range strings.FieldsSeq(strings.ToLower(attr(t, "class"))) {
			if w.hiddenClass[c] {
				return true
			}
		}
	}
	return false
}

// hidesStyle tells whether CSS declarations keep text from being seen.
func hidesStyle(css string) bool {
	for d := range strings.SplitSeq(strings.ToLower(css), ";") {
		prop, val, ok := strings.Cut(d, ":")
		if !ok {
			continue
		}
		prop = strings.TrimSpace(prop)
		val = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(val), "!important"))
		switch prop {
		case "display":
			ok = val == "none"
		case "visibility":
			ok = val == "hidden" || val == "collapse"
		case "mso-hide":
			ok = val == "all"
		case "opacity":
			ok = val == "0" || val == "0.0"
		case "font-size", "max-height", "max-width":
			ok = val != "" && strings.Trim(val, "0.pxtem%") == "" && strings.HasPrefix(val, "0")
		default:
			ok = false
		}
		if ok {
			return true
		}
	}
	return false
}

// hiddenClasses finds the classes that the style sheet hides on every screen.
func hiddenClasses(src string) map[string]bool {
	out := map[string]bool{}
	low := strings.ToLower(src)
	for n := 0; n < 20; n++ {
		_, rest, ok := strings.Cut(low, "<style")
		if !ok {
			break
		}
		css, rest, _ := strings.Cut(rest, "</style")
		classesOf(css, out)
		low = rest
	}
	return out
}

// classesOf reads ".name{…}" rules outside @media blocks, which hold on some
// screens only.
func classesOf(css string, out map[string]bool) {
	depth := 0
	start := 0
	selector := ""
	for i := 0; i < len(css); i++ {
		switch css[i] {
		case '{':
			if depth == 0 {
				selector = strings.TrimSpace(css[start:i])
			}
			depth++
			start = i + 1
		case '}':
			if depth == 1 && !strings.Contains(selector, "@") && hidesStyle(css[start:i]) {
				for s := range strings.SplitSeq(selector, ",") {
					s = strings.TrimSpace(s[strings.LastIndexByte(s, '>')+1:])
					if j := strings.LastIndexByte(s, '.'); j >= 0 && !strings.ContainsAny(s, " :#[") {
						out[s[j+1:]] = true
					}
				}
			}
			depth = max(0, depth-1)
			start = i + 1
		}
	}
}

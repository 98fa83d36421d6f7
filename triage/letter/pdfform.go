package letter

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/ledongthuc/pdf"
)

// fields reads the form of a PDF (ISO 32000-1, 12.7), and the data of an XFA
// form, which shows nothing on its pages.
func (p *pdfReader) fields(form pdf.Value) [][2]string {
	var out [][2]string
	p.fieldTree(form.Key("Fields"), "", pdf.Value{}, pdf.Value{}, 0, &out)
	if xfa := p.xfa(form.Key("XFA")); len(xfa) > 0 && !anyValue(out) {
		out = append(out, xfa...)
	}
	return out
}

func anyValue(fields [][2]string) bool {
	for _, f := range fields {
		if f[1] != "" {
			return true
		}
	}
	return false
}

// fieldTree walks fields and their kids; type and value are inherited.
func (p *pdfReader) fieldTree(list pdf.Value, prefix string, typ, val pdf.Value, depth int, out *[][2]string) {
	for i := 0; i < list.Len(); i++ {
		if depth > maxTreeDepth || len(*out) >= maxForms {
			p.over = true
			return
		}
		f := list.Index(i)
		name := strings.TrimSpace(f.Key("TU").Text())
		if name == "" {
			name = strings.Trim(prefix+" "+strings.TrimSpace(f.Key("T").Text()), " ")
		}
		t, v := first(f.Key("FT"), typ), first(f.Key("V"), val)
		if kids := f.Key("Kids"); kids.Len() > 0 && named(kids) {
			p.fieldTree(kids, name, t, v, depth+1, out)
			continue
		}
		if value, ok := fieldValue(f, t, v); ok && name != "" {
			*out = append(*out, [2]string{clean(name), clean(value)})
		}
	}
}

// named tells kids that are fields from kids that are only the places of one.
func named(kids pdf.Value) bool {
	for i := 0; i < kids.Len(); i++ {
		if !kids.Index(i).Key("T").IsNull() {
			return true
		}
	}
	return false
}

func first(a, b pdf.Value) pdf.Value {
	if a.IsNull() {
		return b
	}
	return a
}

// pushButton is the flag of buttons that hold no value (table 226).
const pushButton = 1 << 16

// fieldValue is what a field says: a box that is ticked says Yes, one that is
// not says No, so that an unticked box is an answer.
func fieldValue(f, typ, v pdf.Value) (string, bool) {
	switch typ.Name() {
	case "Sig":
		return "", false
	case "Btn":
		if f.Key("Ff").Int64()&pushButton != 0 {
			return "", false
		}
		state := v.Name()
		if state == "" {
			state = f.Key("AS").Name()
		}
		switch strings.ToLower(state) {
		case "", "off", "no", "0", "false":
			return "No", true
		case "yes", "on", "1", "true", "x", "checked", "ja":
			return "Yes", true
		}
		return state, true
	}
	if v.Kind() == pdf.Array {
		var parts []string
		for i := 0; i < v.Len(); i++ {
			parts = append(parts, v.Index(i).Text())
		}
		return strings.Join(parts, ", "), true
	}
	if v.Kind() == pdf.Stream {
		b, _ := io.ReadAll(io.LimitReader(v.Reader(), maxPageBytes))
		return rawText(string(b)), true
	}
	return v.Text(), true
}

// xfa reads the data packet of an XFA form: its leaves are the fields.
func (p *pdfReader) xfa(v pdf.Value) (out [][2]string) {
	for i := 0; i+1 < v.Len(); i += 2 {
		if v.Index(i).Text() != "datasets" {
			continue
		}
		data, _ := io.ReadAll(io.LimitReader(v.Index(i+1).Reader(), maxPageBytes))
		name, text := "", ""
		xmlWalk(data, func(t xml.StartElement) {
			name, text = t.Name.Local, ""
		}, func(end string) {
			if end == name && strings.TrimSpace(text) != "" && len(out) < maxForms {
				out = append(out, [2]string{name, clean(strings.TrimSpace(text))})
			}
			name = ""
		}, func(s string) { text += s })
	}
	return out
}

// cidWidths reads the widths of a font of two-byte codes (9.7.4.3), in ems.
func (s *pdfText) cidWidths(w pdf.Value) map[int]float64 {
	if t, ok := s.page.cids[s.font]; ok {
		return t
	}
	t := map[int]float64{}
	for i := 0; i+1 < w.Len() && len(t) < 1<<16; {
		first := int(w.Index(i).Int64())
		if list := w.Index(i + 1); list.Kind() == pdf.Array {
			for j := 0; j < list.Len(); j++ {
				t[first+j] = list.Index(j).Float64() / 1000
			}
			i += 2
			continue
		}
		last := int(w.Index(i + 1).Int64())
		for c := first; c <= last && c-first < 1<<16; c++ {
			t[c] = w.Index(i+2).Float64() / 1000
		}
		i += 3
	}
	if s.page.cids == nil {
		s.page.cids = map[*pdf.Font]map[int]float64{}
	}
	s.page.cids[s.font] = t
	return t
}

package letter

import (
	"fmt"
	"strings"
	"testing"
)

// wideFont is a font of two-byte codes as Word and browsers embed it: code 3 is
// a blank, 36 is A, and so on. Without toUnicode its codes mean nothing.
func wideFont(content string, toUnicode bool) []byte {
	link := ""
	if toUnicode {
		link = "/ToUnicode 7 0 R"
	}
	cmap := "/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange\n" +
		"1 beginbfrange <0024> <003D> <0041> endbfrange 2 beginbfchar <0003> <0020> <0100> <015A> endbfchar endcmap end end"
	return pdfOf(
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 /Resources << /Font << /F1 5 0 R >> >> >>",
		"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>",
		stream("", content),
		"<< /Type /Font /Subtype /Type0 /BaseFont /ABCDEF+Arial /Encoding /Identity-H /DescendantFonts [6 0 R] "+link+" >>",
		"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /ABCDEF+Arial /DW 500 /W [3 [250] 36 61 600] >>",
		stream("", cmap),
	)
}

// codesOf writes text in the codes of wideFont.
func codesOf(s string) string {
	var b strings.Builder
	for _, c := range s {
		switch c {
		case ' ':
			b.WriteString("0003")
		case 'Ś':
			b.WriteString("0100")
		default:
			fmt.Fprintf(&b, "%04X", c-'A'+36)
		}
	}
	return b.String()
}

func TestPDFFontOfTwoByteCodes(t *testing.T) {
	row := func(x, y int, s string) string {
		return fmt.Sprintf("BT /F1 10 Tf %d %d Td <%s> Tj ET\n", x, y, codesOf(s))
	}
	text, _, err := PDF(wideFont(row(50, 700, "CHILD")+row(200, 700, "ZOE WIŚNIEWSKA")+row(50, 688, "NO INJURY SEEN"), true))
	if want := "CHILD\tZOE WIŚNIEWSKA\nNO INJURY SEEN\n"; text != want || err != nil {
		t.Errorf("text %q, error %v, want %q", text, err, want)
	}
	// Words set one by one, as Word does: the width of each says where the
	// next would begin, so a gap is a blank and not a cell.
	text, _, err = PDF(wideFont(fmt.Sprintf("BT /F1 10 Tf 50 700 Td [<%s> -250 <%s>] TJ ET", codesOf("BABY"), codesOf("SEEN")), true))
	if text != "BABY SEEN\n" || err != nil {
		t.Errorf("text %q, error %v", text, err)
	}
}

// A font that does not say what its codes mean is told, not passed over.
func TestPDFFontWithoutMeaning(t *testing.T) {
	content := fmt.Sprintf("BT /F1 10 Tf 50 700 Td <%s> Tj ET", codesOf("BABY SEEN WITH BURNS ON BOTH HANDS"))
	if text, _, err := PDF(wideFont(content, false)); err == nil {
		t.Errorf("text %q and no error", text)
	}
	l := Read(attached("a.pdf", wideFont(content, false)))
	wantCode(t, l, CodePDFUnread)
}

func TestStandardWidthsKeepWordsApart(t *testing.T) {
	// Helvetica without its widths: the first words are 45 points wide, and
	// the next begin a blank's width behind them, or at once.
	for x, want := range map[int]string{48: "Illness will fill it\n", 45: "Illness willfill it\n", 90: "Illness will\tfill it\n"} {
		text, _, err := PDF(pageOf(fmt.Sprintf("BT /F1 10 Tf 50 700 Td (Illness will) Tj %d 0 Td (fill it) Tj ET", x), ""))
		if text != want || err != nil {
			t.Errorf("text %q, error %v, want %q", text, err, want)
		}
	}
}

func TestPDFOperators(t *testing.T) {
	tests := map[string]struct{ content, want string }{
		"spacing":         {"BT /F1 10 Tf 1 Tc 2 Tw 100 Tz 50 700 Td (One two) Tj ET", "One two\n"},
		"quote operator":  {`BT /F1 10 Tf 12 TL 50 700 Td (One) Tj 1 1 (Two) " ET`, "One\nTwo\n"},
		"TD sets leading": {"BT /F1 10 Tf 50 700 TD (One) Tj 0 -12 TD (Two) Tj T* (Three) Tj ET", "One\nTwo\nThree\n"},
		"raised text":     {"BT /F1 10 Tf 50 700 Td (1) Tj 3 Ts /F1 6 Tf (st) Tj ET", "1st\n"},
		"turned text":     {at(50, 700, "One") + "BT /F1 10 Tf 0 1 -1 0 20 400 Tm (Side) Tj ET", "One\n\nSide\n"},
		"no font":         {"BT 50 700 Td (One) Tj ET", "One\n"},
		"unknown words":   {"foo 1 2 bar " + at(50, 700, "One") + "BX EX", "One\n"},
		"missing numbers": {"BT /F1 10 Tf 50 Td Tj TJ Tm (x) ET " + at(50, 700, "One"), "One\n"},
		"saved state":     {"q 1 0 0 1 100 0 cm " + at(50, 700, "Two") + "Q " + at(50, 700, "One"), "One\tTwo\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if text, _, _ := PDF(pageOf(tt.content, "")); text != tt.want {
				t.Errorf("text %q, want %q", text, tt.want)
			}
		})
	}
}

func TestPDFPages(t *testing.T) {
	doc := pdfOf(
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 /Resources << /Font << /F1 7 0 R >> >> >>",
		"<< /Type /Pages /Kids [5 0 R] /Count 1 >>",
		"<< /Type /Page /Contents [6 0 R 8 0 R] >>",
		"<< /Type /Page /Contents 6 0 R >>",
		stream("", at(50, 700, "Page words.")), helvetica, stream("", at(50, 600, "More.")),
	)
	text, _, err := PDF(doc)
	if want := "Page words.\n\fPage words.\n\nMore.\n"; text != want || err != nil {
		t.Errorf("text %q, error %v, want %q", text, err, want)
	}
}

package letter

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ppn-triage/ppn-triage/triage"
)

// at is an operator that shows text at a place of the page.
func at(x, y int, s string) string { return fmt.Sprintf("BT /F1 10 Tf %d %d Td (%s) Tj ET\n", x, y, s) }

func TestPDFLayout(t *testing.T) {
	tests := map[string]struct{ content, want string }{
		"a line":                {at(50, 700, "Baby seen."), "Baby seen.\n"},
		"top to bottom":         {at(50, 600, "Two") + at(50, 612, "One"), "One\nTwo\n"},
		"columns":               {at(50, 700, "Name") + at(200, 700, "Zoe HALE"), "Name\tZoe HALE\n"},
		"a cell of two lines":   {at(50, 700, "Address") + at(200, 700, "1 High St,") + at(200, 689, "Northtown"), "Address\t1 High St, Northtown\n"},
		"text below a row":      {at(50, 700, "Name") + at(200, 700, "Zoe") + at(50, 688, "Well."), "Name\tZoe\nWell.\n"},
		"a gap between lines":   {at(50, 700, "One") + at(50, 660, "Two"), "One\n\nTwo\n"},
		"kerning":               {"BT /F1 10 Tf 50 700 Td [(Ba) 10 (by) -300 (seen)] TJ ET", "Baby seen\n"},
		"next line operators":   {"BT /F1 10 Tf 12 TL 50 700 Td (One) Tj T* (Two) Tj (Three) ' ET", "One\nTwo\nThree\n"},
		"text matrix":           {"BT /F1 10 Tf 1 0 0 1 50 700 Tm (One) Tj 1 0 0 1 50 688 Tm (Two) Tj ET", "One\nTwo\n"},
		"transformed page":      {"q 0.5 0 0 0.5 0 0 cm " + at(50, 700, "Small") + "Q " + at(50, 700, "Large"), "Large\n\nSmall\n"},
		"set twice to be bold":  {at(50, 700, "Bold") + at(50, 700, "Bold"), "Bold\n"},
		"stack that underflows": {"Q Q " + at(50, 700, "One"), "One\n"},
		"Windows signs":         {at(50, 700, "it\\222s \\243 5"), "it’s £ 5\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text, fields, err := PDF(pageOf(tt.content, ""))
			if err != nil || len(fields) > 0 {
				t.Errorf("fields %q, error %v", fields, err)
			}
			if text != tt.want {
				t.Errorf("text %q, want %q", text, tt.want)
			}
		})
	}
}

func TestPDFDrawingWithinThePage(t *testing.T) {
	form := stream("/Type /XObject /Subtype /Form /Resources << /Font << /F1 5 0 R >> >>", at(50, 700, "Baby seen."))
	text, _, err := PDF(pageOf("/Fm0 Do", "/XObject << /Fm0 6 0 R >>", form))
	if text != "Baby seen.\n" || err != nil {
		t.Errorf("text %q, error %v", text, err)
	}
	loop := stream("/Type /XObject /Subtype /Form /Resources << /XObject << /Fm0 6 0 R >> >>", "/Fm0 Do")
	if _, _, err := PDF(pageOf(at(50, 700, "One")+"/Fm0 Do", "/XObject << /Fm0 6 0 R >>", loop)); !errors.Is(err, ErrPDFLimit) {
		t.Errorf("a drawing within itself: %v", err)
	}
}

func TestPDFForm(t *testing.T) {
	doc := pdfOf(
		"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R 6 0 R 7 0 R 8 0 R 9 0 R 10 0 R 12 0 R] >> >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>",
		stream("", ""),
		"<< /FT /Tx /T (occ) /TU (Occurrence number) /V (13260000001) >>",
		"<< /FT /Tx /T (name) /V <FEFF005A006F00EB> >>",
		"<< /FT /Btn /T (weapons) /V /Off >>",
		"<< /FT /Btn /T (drugs) /V /Yes >>",
		"<< /FT /Ch /T (agencies) /V [(Health) (School)] >>",
		"<< /FT /Tx /T (child) /Kids [11 0 R] >>",
		"<< /T (dob) /V (01/02/2020) /Parent 10 0 R >>",
		"<< /FT /Btn /Ff 65536 /T (Submit) >>",
	)
	_, fields, err := PDF(doc)
	want := [][2]string{{"Occurrence number", "13260000001"}, {"name", "Zoë"}, {"weapons", "No"}, {"drugs", "Yes"}, {"agencies", "Health, School"}, {"child dob", "01/02/2020"}}
	if diff := cmp.Diff(want, fields); diff != "" || err != nil {
		t.Errorf("error %v, fields (-want +got):\n%s", err, diff)
	}
	l := Read(attached("form.pdf", doc))
	wantText(t, l, triage.SectionForm, "Occurrence number\t13260000001\nname\tZoë\nweapons\tNo\n")
	wantNoProblem(t, l)
}

func TestPDFDataOfAnXFAForm(t *testing.T) {
	doc := pdfOf(
		"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [] /XFA [(datasets) 5 0 R] >> >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>",
		stream("", ""),
		stream("", "<xfa:datasets><xfa:data><form><Surname>HALE</Surname><Narrative>Baby seen.</Narrative><Empty/></form></xfa:data></xfa:datasets>"),
	)
	_, fields, err := PDF(doc)
	if diff := cmp.Diff([][2]string{{"Surname", "HALE"}, {"Narrative", "Baby seen."}}, fields); diff != "" || err != nil {
		t.Errorf("error %v, fields (-want +got):\n%s", err, diff)
	}
}

func TestPDFThatCannotBeRead(t *testing.T) {
	picture := stream("/Type /XObject /Subtype /Image /Width 800 /Height 1100 /ColorSpace /DeviceGray /BitsPerComponent 8", "x")
	scan := pageOf("q 595 0 0 842 0 0 cm /Im0 Do Q", "/XObject << /Im0 6 0 R >>", picture)
	stamped := pageOf(at(50, 800, "Received 12 Sep 2026")+"q 595 0 0 842 0 0 cm /Im0 Do Q", "/XObject << /Im0 6 0 R >>", picture)
	cyclic := pdfOf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 5 >>")
	bomb := func() []byte {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		_, _ = z.Write(bytes.Repeat([]byte("0 0 m "), 4<<20))
		_ = z.Close()
		return pdfOf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Contents 4 0 R >>", stream("/Filter /FlateDecode", b.String()))
	}()
	whole := pageOf(at(50, 700, "Baby seen."), "")
	tests := map[string]struct {
		data []byte
		want error
		code string
	}{
		"scan":               {scan, ErrPDFNoText, CodePDFNoText},
		"scan with a stamp":  {stamped, ErrPDFNoText, CodePDFNoText},
		"no pages":           {pdfOf("<< /Type /Catalog >>"), ErrPDFNoText, CodePDFNoText},
		"tree in a circle":   {cyclic, ErrPDFLimit, CodePDFUnread},
		"bomb":               {bomb, ErrPDFLimit, CodePDFUnread},
		"locked":             {bytes.Replace(whole, []byte("/Root 1 0 R"), []byte("/Root 1 0 R /Encrypt << /Filter /Standard /V 1 /R 2 /O (x) /U (y) /P 0 >> /ID [(a) (b)]"), 1), ErrPDFLocked, CodeEncrypted},
		"cut off":            {whole[:len(whole)-40], nil, CodePDFUnread},
		"nothing but a mark": {[]byte("%PDF-1.4\n%%EOF"), nil, CodePDFUnread},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := PDF(tt.data)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			l := Read(attached("a.pdf", tt.data))
			wantCode(t, l, tt.code)
			if !l.Lost() {
				t.Error("not severe")
			}
		})
	}
}

// Scanners and gateways put bytes around a PDF; the library wants none.
func TestPDFWithBytesAround(t *testing.T) {
	whole := pageOf(at(50, 700, "Baby seen."), "")
	for name, data := range map[string][]byte{
		"before":      append([]byte("\r\n\r\n"), whole...),
		"behind":      append(bytes.Clone(whole), bytes.Repeat([]byte{0}, 500)...),
		"version 2.0": bytes.Replace(whole, []byte("%PDF-1.4"), []byte("%PDF-2.0"), 1),
	} {
		text, _, err := PDF(data)
		if text != "Baby seen.\n" || err != nil {
			t.Errorf("%s: text %q, error %v", name, text, err)
		}
	}
}

func TestPDFNotes(t *testing.T) {
	doc := pdfOf(
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> /Annots [6 0 R 7 0 R] >>",
		stream("", at(50, 700, "Baby seen.")), helvetica,
		"<< /Type /Annot /Subtype /FreeText /Contents (Father has a gun.) >>", "<< /Type /Annot /Subtype /Link >>",
	)
	text, _, err := PDF(doc)
	if !strings.Contains(text, "Father has a gun.") || err != nil {
		t.Errorf("text %q, error %v", text, err)
	}
}

func TestPDFFooterIsSetAside(t *testing.T) {
	l := Read(attached("a.pdf", pageOf(at(50, 700, "Baby seen at 2 Low Row NT2 2BB.")+at(50, 40, "Form PPN1 - Force HQ, Fell Way, Northtown NT1 9ZZ"), "")))
	wantText(t, l, triage.SectionBody, "NT2 2BB")
	wantText(t, l, triage.SectionDisclaimer, "NT1 9ZZ")
}

// The Reader's own function is the only way to a PDF.
func TestReaderUsesItsFunction(t *testing.T) {
	raw := attached("a.pdf", []byte("%PDF-1.4 anything"))
	tests := map[string]struct {
		pdf  func([]byte) (string, [][2]string, error)
		has  string
		code string
	}{
		"text":        {func([]byte) (string, [][2]string, error) { return "Baby seen.", nil, nil }, "Baby seen.", ""},
		"text, error": {func([]byte) (string, [][2]string, error) { return "Baby seen.", nil, errors.New("killed") }, "Baby seen.", CodePDFUnread},
		"fields":      {func([]byte) (string, [][2]string, error) { return "", [][2]string{{"Name", "Zoe"}}, nil }, "Name\tZoe", ""},
		"nothing":     {func([]byte) (string, [][2]string, error) { return "", nil, nil }, "", CodePDFNoText},
		"locked":      {func([]byte) (string, [][2]string, error) { return "", nil, ErrPDFLocked }, "", CodeEncrypted},
		"panic":       {func([]byte) (string, [][2]string, error) { panic("x") }, "", CodePanic},
		"none":        {nil, "", CodePDFUnread},
		"garbled text": {func([]byte) (string, [][2]string, error) {
			return strings.Repeat("\ue001\ue002 %$# xzq ", 30), nil, nil
		}, "", CodePDFUnread},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := Reader{PDF: tt.pdf}.Read(raw)
			checkLetter(t, l)
			if !strings.Contains(l.Text, tt.has) {
				t.Errorf("text %q", l.Text)
			}
			if tt.code == "" {
				wantNoProblem(t, l)
			} else {
				wantCode(t, l, tt.code)
			}
		})
	}
}

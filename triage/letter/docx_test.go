package letter

import (
	"strings"
	"testing"

	"github.com/ppn-triage/ppn-triage/triage"
)

func cellXML(inner string) string { return "<w:tc>" + inner + "</w:tc>" }

func TestDOCX(t *testing.T) {
	box := func(state string) string {
		return `<w:p><w:r><w:fldChar><w:ffData><w:checkBox>` + state + `</w:checkBox></w:ffData></w:fldChar></w:r><w:r><w:t> Weapons</w:t></w:r></w:p>`
	}
	tests := map[string]struct {
		body string
		has  []string
		not  []string
		code string
	}{
		"paragraphs":            {para("One") + para("Two"), []string{"One\nTwo\n"}, nil, ""},
		"runs of a word":        {`<w:p><w:r><w:t>132604</w:t></w:r><w:r><w:t>22190</w:t></w:r></w:p>`, []string{"13260422190"}, nil, ""},
		"blanks kept":           {`<w:p><w:r><w:t xml:space="preserve">No </w:t></w:r><w:r><w:t>injuries</w:t></w:r></w:p>`, []string{"No injuries"}, nil, ""},
		"tab and break":         {`<w:p><w:r><w:t>Name:</w:t><w:tab/><w:t>Zoe</w:t><w:br/><w:t>DOB</w:t></w:r></w:p>`, []string{"Name:\tZoe\nDOB"}, nil, ""},
		"table":                 {"<w:tbl><w:tr>" + cellXML(para("Name")) + cellXML(para("Zoe")) + "</w:tr></w:tbl>", []string{"Name\tZoe\n"}, nil, ""},
		"lines of a cell":       {"<w:tbl><w:tr>" + cellXML(para("Child")) + cellXML(para("Zoe HALE")+para("Female")) + "</w:tr></w:tbl>", []string{"Child\tZoe HALE, Female\n"}, nil, ""},
		"table within a cell":   {"<w:tbl><w:tr>" + cellXML(para("Children")) + cellXML("<w:tbl><w:tr>"+cellXML(para("Name"))+cellXML(para("Zoe"))+"</w:tr></w:tbl>") + "</w:tr></w:tbl>", []string{"Children\nName\tZoe\n"}, nil, ""},
		"cell over columns":     {"<w:tbl><w:tr>" + cellXML(`<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>`+para("A")) + cellXML(para("B")) + cellXML(para("C")) + "</w:tr></w:tbl>", []string{"A\t\tB\tC\n"}, nil, ""},
		"cell over rows":        {"<w:tbl><w:tr>" + cellXML(`<w:tcPr><w:vMerge w:val="restart"/></w:tcPr>`+para("HALE")) + cellXML(para("Zoe")) + "</w:tr><w:tr>" + cellXML(`<w:tcPr><w:vMerge/></w:tcPr><w:p/>`) + cellXML(para("Max")) + "</w:tr></w:tbl>", []string{"HALE\tZoe\nHALE\tMax\n"}, nil, ""},
		"inserted text":         {`<w:p><w:ins><w:r><w:t>Father has a gun.</w:t></w:r></w:ins></w:p>`, []string{"Father has a gun."}, nil, ""},
		"deleted text":          {`<w:p><w:del><w:r><w:delText>Father has a gun.</w:delText></w:r></w:del><w:r><w:t>Baby seen.</w:t></w:r></w:p>`, []string{"Baby seen."}, []string{"gun"}, CodeDeleted},
		"moved text":            {`<w:p><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>moved</w:t></w:r></w:moveTo></w:p>`, []string{"\nmoved\n"}, []string{"movedmoved"}, ""},
		"text box":              {`<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent>` + para("In a box") + `</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>` + para("In a box") + `</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>Outside</w:t></w:r></w:p>`, []string{"In a box\nOutside\n"}, []string{"In a box\nIn a box"}, ""},
		"box ticked":            {box(`<w:checked/>`), []string{"☒ Weapons"}, nil, ""},
		"box ticked by default": {box(`<w:default w:val="1"/>`), []string{"☒ Weapons"}, nil, ""},
		"box not ticked":        {box(`<w:default w:val="0"/><w:checked w:val="0"/>`), []string{"☐ Weapons"}, nil, ""},
		"chosen entry":          {`<w:p><w:r><w:t xml:space="preserve">Grade </w:t><w:fldChar><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="LOW"/><w:listEntry w:val="HIGH"/></w:ddList></w:ffData></w:fldChar></w:r></w:p>`, []string{"Grade HIGH"}, []string{"LOW"}, ""},
		"content control":       {`<w:sdt><w:sdtPr><w:alias w:val="Grade"/></w:sdtPr><w:sdtContent>` + para("HIGH") + `</w:sdtContent></w:sdt>`, []string{"HIGH"}, nil, ""},
		"tick of Wingdings":     {`<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/><w:t> Drugs</w:t><w:sym w:font="Wingdings" w:char="F0A8"/><w:t> Alcohol</w:t></w:r></w:p>`, []string{"☒ Drugs", "☐ Alcohol"}, nil, ""},
		"field codes":           {`<w:p><w:r><w:instrText>HYPERLINK "x"</w:instrText></w:r><w:r><w:t>link</w:t></w:r></w:p>`, []string{"link"}, []string{"HYPERLINK"}, ""},
		"hyphen":                {`<w:p><w:r><w:t>Hale</w:t><w:noBreakHyphen/><w:t>Lee</w:t></w:r></w:p>`, []string{"Hale-Lee"}, nil, ""},
		"XML that breaks off":   {para("Baby seen.") + "<w:p><w:r><w:t>Father & co", []string{"Baby seen."}, nil, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := Read(attached("ppn.docx", docxOf(tt.body)))
			checkLetter(t, l)
			for _, s := range tt.has {
				if !strings.Contains(l.Text, s) {
					t.Errorf("text lacks %q: %q", s, l.Text)
				}
			}
			for _, s := range tt.not {
				if strings.Contains(l.Text, s) {
					t.Errorf("text has %q: %q", s, l.Text)
				}
			}
			if tt.code != "" {
				wantCode(t, l, tt.code)
			}
			if a := l.Attachments[0]; a.Type != typeDOCX || !a.Read || a.Name != "ppn.docx" {
				t.Errorf("attachment %+v", a)
			}
		})
	}
}

func TestDOCXSections(t *testing.T) {
	hidden := `<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>Father has a gun.</w:t></w:r><w:r><w:t>Baby seen.</w:t></w:r></w:p>`
	l := Read(attached("ppn.docx", docxOf(hidden+"<w:tbl><w:tr>"+cellXML(para("Name"))+cellXML(para("Zoe"))+"</w:tr></w:tbl>",
		"word/header1.xml", `<w:hdr `+wordNS+`>`+para("OFFICIAL-SENSITIVE")+`</w:hdr>`,
		"word/footer1.xml", `<w:ftr `+wordNS+`>`+para("North Police, Fell Way, Northtown NT1 9ZZ 01632 960100")+`</w:ftr>`,
		"word/footnotes.xml", `<w:footnotes `+wordNS+`>`+para("Seen again on Monday.")+`</w:footnotes>`,
		"word/comments.xml", `<w:comments `+wordNS+`>`+para("Check the date of birth.")+`</w:comments>`,
	)))
	checkSections(t, l, []want{
		{triage.SectionBody, "See attached."}, {triage.SectionBody, "OFFICIAL-SENSITIVE\nBaby seen."}, {triage.SectionHidden, "Father has a gun."},
		{triage.SectionTable, "Name\tZoe"}, {triage.SectionBody, "Check the date of birth.\nSeen again on Monday."}, {triage.SectionDisclaimer, "North Police"},
	})
	if s := l.Sections[2]; s.Source != "attachment 1" {
		t.Errorf("source %q", s.Source)
	}
}

func TestDOCXOddities(t *testing.T) {
	t.Run("embedded file", func(t *testing.T) {
		l := Read(attached("a.docx", docxOf(para("See the object."), "word/embeddings/inner.docx", string(docxOf(para("Baby seen."))))))
		wantText(t, l, triage.SectionBody, "See the object.", "Baby seen.")
	})
	t.Run("embedded object that is not read", func(t *testing.T) {
		l := Read(attached("a.docx", docxOf(para("See the object."), "word/embeddings/oleObject1.bin", "\x00\x01\x02")))
		wantCode(t, l, CodeUnread)
	})
	t.Run("scan pasted into it", func(t *testing.T) {
		l := Read(attached("a.docx", docxOf(para("Scan:"), "word/media/image1.jpeg", strings.Repeat("\xff\xd8", 30_000))))
		wantCode(t, l, CodeImageOnly)
		if !l.Lost() {
			t.Error("not severe")
		}
	})
	t.Run("main part missing", func(t *testing.T) {
		l := Read(attached("a.docx", zipped(map[string]string{"word/documentary/x": "y"})))
		wantCode(t, l, CodeBroken)
	})
	t.Run("locked with a password", func(t *testing.T) {
		l := Read(attached("a.docx", compoundOf(storage{"EncryptedPackage": []byte("secret"), "EncryptionInfo": []byte("x")})))
		wantCode(t, l, CodeEncrypted)
	})
	t.Run("called a PDF", func(t *testing.T) {
		l := Read(attached("a.pdf", docxOf(para("Baby seen."))))
		wantText(t, l, triage.SectionBody, "Baby seen.")
	})
}

func TestSpreadsheet(t *testing.T) {
	book := zipped(map[string]string{
		"xl/workbook.xml":          "<workbook/>",
		"xl/sharedStrings.xml":     "<sst><si><t>Name</t></si><si><r><t>Zoe </t></r><r><t>HALE</t></r></si><si><t>漢</t><rPh><t>kan</t></rPh></si></sst>",
		"xl/worksheets/sheet1.xml": `<worksheet><sheetData><row><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row><row><c r="A2"><v>12</v></c><c r="C2" t="inlineStr"><is><t>inline</t></is></c><c r="D2" t="s"><v>2</v></c></row></sheetData></worksheet>`,
		"xl/worksheets/sheet2.xml": `<worksheet><sheetData><row><c r="A1" t="s"><v>999</v></c></row></sheetData></worksheet>`,
		"xl/comments1.xml":         "<comments><comment><text><r><t>Check this.</t></r></text></comment></comments>",
	})
	l := Read(attached("list.xlsx", book))
	wantText(t, l, triage.SectionTable, "Name\tZoe HALE\n", "12\t\tinline\t漢\n")
	wantText(t, l, triage.SectionBody, "999", "Check this.")
	wantNoProblem(t, l)
}

func TestOtherOfficeFiles(t *testing.T) {
	slides := zipped(map[string]string{
		"ppt/presentation.xml":            "<p/>",
		"ppt/slides/slide1.xml":           "<p:sld><a:p><a:r><a:t>Baby </a:t></a:r><a:r><a:t>seen.</a:t></a:r></a:p></p:sld>",
		"ppt/slides/slide10.xml":          "<p:sld><a:p><a:r><a:t>Ten.</a:t></a:r></a:p></p:sld>",
		"ppt/slides/slide2.xml":           "<p:sld><a:p><a:r><a:t>Two.</a:t></a:r></a:p></p:sld>",
		"ppt/notesSlides/notesSlide1.xml": "<p:notes><a:p><a:r><a:t>Said aloud.</a:t></a:r></a:p></p:notes>",
	})
	l := Read(attached("a.pptx", slides))
	wantText(t, l, triage.SectionBody, "Baby seen.\nTwo.\nTen.\n", "Said aloud.")
	odt := func(files map[string]string) []byte {
		files["mimetype"] = "application/vnd.oasis.opendocument.text"
		return attached("a.odt", zipped(files))
	}
	l = Read(odt(map[string]string{
		"content.xml": `<office:text><text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:p>Baby<text:s/>seen.<text:line-break/>Well.</text:p><table:table><table:table-row><table:table-cell><text:p>Name</text:p></table:table-cell><table:table-cell><text:p>Zoe</text:p></table:table-cell></table:table-row></table:table></office:text>`,
		"styles.xml":  `<office:styles><style:style>nothing</style:style><style:header><text:p>OFFICIAL</text:p></style:header><style:footer><text:p>North Police NT1 9ZZ</text:p></style:footer></office:styles>`,
	}))
	wantText(t, l, triage.SectionBody, "OFFICIAL", "Baby seen.\nWell.")
	wantText(t, l, triage.SectionTable, "Name\tZoe")
	if strings.Contains(l.Text, "deleted") || strings.Contains(l.Text, "nothing") {
		t.Errorf("text %q", l.Text)
	}
	l = Read(odt(map[string]string{"META-INF/manifest.xml": "<manifest:encryption-data/>", "content.xml": "secret"}))
	wantCode(t, l, CodeEncrypted)
}

func TestZip(t *testing.T) {
	many := map[string]string{}
	for i := range 600 {
		many["f"+strings.Repeat("x", i%7)+string(rune('a'+i%26))+strings.Repeat("y", i/26)+".txt"] = "Baby seen."
	}
	tests := map[string]struct {
		data []byte
		has  string
		code string
	}{
		"files":          {zipped(map[string]string{"a/one.txt": "Baby seen.", "two.docx": string(docxOf(para("Burns.")))}), "Baby seen.", ""},
		"locked":         {locked(zipped(map[string]string{"one.txt": "Baby seen."})), "See attached.", CodeEncrypted},
		"within a zip":   {zipped(map[string]string{"in.zip": string(zipped(map[string]string{"one.txt": "x"})), "b.txt": "Baby seen."}), "Baby seen.", CodeNested},
		"locked within":  {zipped(map[string]string{"b.txt": "Baby seen.", "in.pdf": "%PDF-1.4 broken"}), "Baby seen.", CodePDFUnread},
		"bomb":           {zipped(map[string]string{"zeros.txt": strings.Repeat("0", 60<<20), "a.txt": "Baby seen."}), "Baby seen.", CodeArchive},
		"too many files": {zipped(many), "Baby seen.", CodeTooManyParts},
		"cut off":        {zipped(map[string]string{"one.txt": "Baby seen."})[:30], "See attached.", CodeBroken},
		"other archives": {[]byte("Rar!\x1a\x07\x00 rest of it"), "See attached.", CodeNested},
		"not even a zip": {[]byte("PK\x03\x04nonsense"), "See attached.", CodeBroken},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := Read(attached("a.zip", tt.data))
			checkLetter(t, l)
			if !strings.Contains(l.Text, tt.has) {
				t.Errorf("text lacks %q", tt.has)
			}
			if tt.code == "" {
				wantNoProblem(t, l)
				return
			}
			wantCode(t, l, tt.code)
			if !l.Lost() {
				t.Error("not severe")
			}
		})
	}
}

package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/ppn-triage/ppn-triage/triage/link"
)

// someone is one record and the person it truly is.
type someone struct {
	link.Person
	truth  string
	source string // of a set of two files: only pairs across are asked for
}

type set struct {
	name  string
	files []string
	read  func(row map[string]string, file string) someone
}

var sets = []set{
	{name: "febrl3", files: []string{"dataset3.csv"}, read: func(r map[string]string, _ string) someone { return febrl(r, "", true) }},
	{name: "febrl3-no-ssn", files: []string{"dataset3.csv"}, read: func(r map[string]string, _ string) someone { return febrl(r, "", false) }},
	{name: "febrl4", files: []string{"dataset4a.csv", "dataset4b.csv"}, read: func(r map[string]string, f string) someone { return febrl(r, f, true) }},
	{name: "febrl4-no-ssn", files: []string{"dataset4a.csv", "dataset4b.csv"}, read: func(r map[string]string, f string) someone { return febrl(r, f, false) }},
	{name: "fake_1000", files: []string{"fake_1000.csv"}, read: fake},
	{name: "historical_50k", files: []string{"historical_figures_with_errors_50k.csv"}, read: historical},
}

func setNames() (names []string) {
	for _, s := range sets {
		names = append(names, s.name)
	}
	return names
}

func (s set) load(folder string) ([]someone, error) {
	var out []someone
	for _, file := range s.files {
		f, err := open(folder, file)
		if err != nil {
			return nil, err
		}
		out, err = s.readFile(out, f, file)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return out, nil
}

func (s set) readFile(out []someone, f io.Reader, file string) ([]someone, error) {
	r := csv.NewReader(f)
	r.TrimLeadingSpace = true
	head, err := r.Read()
	if err != nil {
		return nil, err
	}
	for {
		rec, err := r.Read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		row := map[string]string{}
		for i, h := range head {
			row[strings.TrimSpace(h)] = strings.ToLower(strings.TrimSpace(rec[i]))
		}
		out = append(out, s.read(row, file))
	}
}

// febrl reads a record of FEBRL (Christen, "Febrl: an open source data
// cleaning, deduplication and record linkage system", 2008); rec-12-dup-1 and
// rec-12-org are one person.
func febrl(r map[string]string, source string, ssn bool) someone {
	p := link.Person{
		Names: names(r["given_name"], r["surname"]),
		Homes: []link.Address{{Number: r["street_number"], Street: r["address_1"], Town: r["suburb"], Post: r["postcode"]}},
	}
	if d := r["date_of_birth"]; len(d) == 8 {
		p.DOBs = []string{d[:4] + "-" + d[4:6] + "-" + d[6:]}
		p.From, p.To = p.DOBs[0], p.DOBs[0]
	}
	if n := r["soc_sec_id"]; ssn && n != "" { // like a telephone number it has no check digit: a slip is seen as one
		p.Contacts = []string{n}
	}
	return someone{Person: p, truth: strings.Split(r["rec_id"], "-")[1], source: source}
}

func fake(r map[string]string, _ string) someone {
	p := link.Person{Names: names(r["first_name"], r["surname"]), Homes: []link.Address{{Town: r["city"]}}}
	setDOB(&p, r["dob"])
	if e := r["email"]; e != "" {
		p.Contacts = []string{e}
	}
	return someone{Person: p, truth: r["cluster"]}
}

// historical reads a record of Splink's historical figures. An occupation is
// no number, but like one it is equal or not.
func historical(r map[string]string, _ string) someone {
	first, last, _ := strings.Cut(r["first_and_surname"], " ")
	p := link.Person{Names: names(or(r["first_name"], first), or(r["surname"], last))}
	if a := (link.Address{Town: r["birth_place"], Post: strings.ReplaceAll(r["postcode_fake"], " ", "")}); a != (link.Address{}) {
		p.Homes = []link.Address{a}
	}
	setDOB(&p, r["dob"])
	p.UPN = r["occupation"]
	return someone{Person: p, truth: r["cluster"]}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func setDOB(p *link.Person, d string) {
	if len(d) != 10 {
		return
	}
	if strings.HasSuffix(d, "-01-01") { // stands for a year
		p.From, p.To = d, d[:4]+"-12-31"
		return
	}
	p.DOBs, p.From, p.To = []string{d}, d, d
}

func names(given, family string) []link.Name {
	n := link.Name{Given: words(given), Family: words(family)}
	if len(n.Given)+len(n.Family) == 0 {
		return nil
	}
	return []link.Name{n}
}

func words(s string) []string {
	out := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	for i, w := range out {
		if rest, ok := strings.CutPrefix(w, "mac"); ok && len(rest) >= 4 {
			out[i] = "mc" + rest // as the matcher folds names
		}
	}
	return slices.DeleteFunc(out, func(w string) bool { return len(w) < 2 })
}

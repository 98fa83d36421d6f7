package extract
import ("testing";"os";"github.com/ppn-triage/ppn-triage/triage/letter")
func TestDbg(t *testing.T){
 f:=os.Getenv("PPN_DBG"); if f=="" {t.Skip()}
 raw,_:=os.ReadFile(f); l:=letter.Read(raw)
 x:=defaultReader(t).labels
 p := x.newPage(&l); p.today, p.pivot = mailDay(&l)
 fs := x.scanFields(p)
 for _,f:=range fs { v:=""; if f.first<f.last {v=p.text[p.pieces[f.first].start:p.pieces[f.last-1].end]}; name:=""; for k,w:=range fieldNames { if w==f.key {name=k}}; t.Logf("line %d %s also %d owner %d hard %v heading %v %q",f.line,name,f.also,f.owner,f.hard,f.heading,v)}
 ro := x.readPeople(p, fs, 0, len(p.lines))
 for _,m:=range ro.ms { t.Logf("%q kin %d field %d born %v aged %v/%v prose %v", m.Name,m.kin,m.field,m.born,m.aged,m.age,m.prose)}
}

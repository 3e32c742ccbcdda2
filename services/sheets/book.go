package sheets

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// book is an opened .xlsx: its list of sheets and what their cells refer to.
type book struct {
	name     string
	parts    map[string]*zip.File
	sheets   []bookSheet
	date1904 bool
	formats  []numberFormat // by style index
	strings  *stringTable
}

type bookSheet struct {
	name   string
	part   string
	hidden bool
}

const notWorkbook = "这不是完好的 Excel 工作簿"
const saveAgain = "请在 Excel 或 WPS 里打开，另存为 .xlsx 再导入"

// openBook reads everything but the rows. Each part is bounded when it is read,
// because the sizes written in an archive may lie.
func openBook(src *source) (*book, error) {
	z, err := zip.NewReader(src.ReaderAt, src.size)
	if err != nil {
		return nil, refuse(src.name, notWorkbook, saveAgain)
	}
	b := &book{name: src.name, parts: map[string]*zip.File{}}
	if err := b.index(z); err != nil {
		return nil, err
	}
	main := "xl/workbook.xml"
	rels, err := b.relations("_rels/.rels", "")
	if err != nil {
		return nil, err
	}
	for _, r := range rels {
		if strings.HasSuffix(r.kind, "/officeDocument") {
			main = r.part
		}
	}
	if b.parts[main] == nil {
		return nil, refuse(src.name, "压缩包里没有工作簿", saveAgain)
	}
	links, err := b.relations(path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"), path.Dir(main))
	if err != nil {
		return nil, err
	}
	if err := b.readSheetList(main, links); err != nil {
		return nil, err
	}
	for _, l := range links {
		switch {
		case strings.HasSuffix(l.kind, "/styles"):
			err = b.readFormats(l.part)
		case strings.HasSuffix(l.kind, "/sharedStrings"):
			err = b.readStrings(l.part)
		}
		if err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	return b, nil
}

// index lists the parts and refuses what no plain table needs.
func (b *book) index(z *zip.Reader) error {
	if len(z.File) > maxEntries {
		return refuse(b.name, fmt.Sprintf("工作簿里有 %d 个部件", len(z.File)), saveAgain)
	}
	for _, f := range z.File {
		name := strings.TrimPrefix(f.Name, "/")
		low := strings.ToLower(name)
		switch {
		case strings.Contains(name, "..") || strings.ContainsAny(name, "\\\x00"):
			return refuse(b.name, "压缩包里有不安全的文件名", saveAgain)
		case strings.HasSuffix(low, "vbaproject.bin"):
			return refuse(b.name, "工作簿带宏", "请另存为不带宏的 .xlsx 再导入")
		case strings.HasPrefix(low, "xl/externallinks/"):
			return refuse(b.name, "工作簿引用了别的工作簿", "请断开外部链接，选择性粘贴为数值后再导入")
		case f.UncompressedSize64 > ratioFrom && f.UncompressedSize64/max(f.CompressedSize64, 1) > maxRatio:
			return refuse(b.name, fmt.Sprintf("部件 %s 展开后大 %d 倍，像压缩炸弹", name, f.UncompressedSize64/max(f.CompressedSize64, 1)), saveAgain)
		}
		if b.parts[name] != nil {
			return refuse(b.name, "压缩包里有重名的部件", saveAgain)
		}
		b.parts[name] = f
	}
	return nil
}

// boundedPart reads one part up to a limit, and complains beyond it.
type boundedPart struct {
	io.ReadCloser
	left int64
	name string
	read int64
}

var errTooBig = errors.New("part too big")

func (p *boundedPart) Read(buf []byte) (int, error) {
	if p.left <= 0 {
		return 0, errTooBig
	}
	if int64(len(buf)) > p.left {
		buf = buf[:p.left]
	}
	n, err := p.ReadCloser.Read(buf)
	p.left -= int64(n)
	p.read += int64(n)
	return n, err
}

func (b *book) part(name string, limit int64) (*boundedPart, error) {
	f := b.parts[name]
	if f == nil {
		return nil, refuse(b.name, "工作簿里少了部件 "+name, saveAgain)
	}
	rc, err := f.Open()
	if err != nil {
		return nil, refuse(b.name, notWorkbook, saveAgain)
	}
	return &boundedPart{ReadCloser: rc, left: limit, name: name}, nil
}

// broken turns an error of reading a part into a sentence.
func (b *book) broken(part string, err error) error {
	if errors.Is(err, errTooBig) {
		return refuse(b.name, "部件 "+part+" 展开后太大", "请删去多余的行、列和格式，或分成几份导入")
	}
	return refuse(b.name, "部件 "+part+" 已损坏（"+cause(err)+"）", saveAgain)
}

func cause(err error) string {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "内容不完整"
	case errors.Is(err, zip.ErrChecksum):
		return "校验和不对"
	}
	return "格式不对"
}

// scan calls see for every token of a part.
func (b *book) scan(name string, limit int64, see func(x *xmlScan) error) error {
	p, err := b.part(name, limit)
	if err != nil {
		return err
	}
	x := newXMLScan(p)
	for {
		err := x.next()
		if err == nil {
			err = see(x)
		}
		if errors.Is(err, io.EOF) {
			return p.Close()
		}
		if err != nil {
			return errors.Join(b.broken(name, err), p.Close())
		}
	}
}

type relation struct{ id, kind, part string }

func (b *book) relations(name, dir string) ([]relation, error) {
	if b.parts[name] == nil {
		return nil, nil
	}
	var all []relation
	err := b.scan(name, maxPartXML, func(x *xmlScan) error {
		if !x.is(xmlStart, "Relationship") {
			return nil
		}
		var r relation
		r.id, _ = x.attr("Id")
		r.kind, _ = x.attr("Type")
		target, _ := x.attr("Target")
		if t, ok := strings.CutPrefix(target, "/"); ok {
			r.part = t
		} else {
			r.part = path.Join(dir, target)
		}
		all = append(all, r)
		return nil
	})
	return all, err
}

func (b *book) readSheetList(main string, links []relation) error {
	byID := map[string]string{}
	for _, l := range links {
		if strings.HasSuffix(l.kind, "/worksheet") {
			byID[l.id] = l.part
		}
	}
	err := b.scan(main, maxPartXML, func(x *xmlScan) error {
		switch {
		case x.is(xmlStart, "workbookPr"):
			v, _ := x.attr("date1904")
			b.date1904 = v == "1" || v == "true"
		case x.is(xmlStart, "sheet"):
			s := bookSheet{}
			s.name, _ = x.attr("name")
			state, _ := x.attr("state")
			s.hidden = state == "hidden" || state == "veryHidden"
			id, ok := x.attr("r:id")
			if !ok {
				id, _ = x.attr("id") // some writers bind the namespace to another prefix
			}
			if s.part = byID[id]; s.part != "" {
				b.sheets = append(b.sheets, s)
			}
		}
		return nil
	})
	if err == nil && len(b.sheets) == 0 {
		err = refuse(b.name, "工作簿里没有工作表", saveAgain)
	}
	return err
}

// pick chooses the sheet: the first preferred name that exists, else the first visible.
func (b *book) pick(prefer []string) (bookSheet, error) {
	for _, want := range prefer {
		for _, s := range b.sheets {
			if s.name == want {
				return s, nil
			}
		}
	}
	for _, s := range b.sheets {
		if !s.hidden {
			return s, nil
		}
	}
	return bookSheet{}, refuse(b.name, "所有工作表都是隐藏的", "请取消隐藏要导入的那一张")
}

// Close frees the table of shared strings.
func (b *book) Close() error {
	if b.strings == nil {
		return nil
	}
	return b.strings.Close()
}

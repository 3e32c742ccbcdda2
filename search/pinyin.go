package search

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
)

// sounds knows the syllables of characters, without tones, and reads typed pinyin.
type sounds struct {
	names []string          // syllable number -> "zhuang"
	codes map[string]uint16 // the other way round
	loose []uint16          // syllable number -> number of the syllable that speakers mix it up with
	first []uint16          // character - 0x4E00 -> syllable number, 0 none
	other map[rune][]uint16 // further readings that occur in trades and names
}

// readings are second readings that occur in names of trades, places and companies: the dictionary
// gives only the commonest first. A fact of the language (现代汉语词典).
const readings = "会kuai 行hang 长zhang 重zhong 乐yue 厦sha 调tiao 传zhuan 角jue 校jiao 率shuai 弹dan 藏zang 单shan " +
	"参shen 朝zhao 车ju 都du 盛cheng 石dan 薄bo 曲qu 色shai 差chai 称chen 处chu 当dang 得dei 钉ding 干gan 给ji " +
	"冠guan 好hao 和huo 核hu 划hua 假jia 间jian 卷juan 壳qiao 量liang 笼long 模mu 泥ni 铺pu 强jiang 切qie 散san 扇shan " +
	"省xing 熟shou 属zhu 说shui 宿xiu 为wei 削xue 血xie 压ya 应ying 载zai 轧zha 粘nian 着zhuo 种zhong 转zhuan 装zhuang 综zong 钻zuan 作zuo 沈chen 解xie 区ou 查zha 仇qiu 覃qin 贾jia 壳ke 系ji"

var hearing = sync.OnceValue(newSounds)

func newSounds() *sounds {
	s := &sounds{names: []string{""}, codes: map[string]uint16{}, first: make([]uint16, 0x9FFF-0x4E00+1), other: map[rune][]uint16{}}
	for r := rune(0x4E00); r <= 0x9FFF; r++ {
		if py, ok := pinyin.PinyinDict[int(r)]; ok {
			if i := strings.IndexByte(py, ','); i >= 0 {
				py = py[:i]
			}
			s.first[r-0x4E00] = s.code(toneless(py))
		}
	}
	for _, f := range strings.Fields(readings) {
		r, size := utf8.DecodeRuneInString(f)
		if c := s.code(f[size:]); c != s.first[r-0x4E00] {
			s.other[r] = append(s.other[r], c)
		}
	}
	for i := 0; i < len(s.names); i++ {
		name := s.names[i]
		s.loose = append(s.loose, s.code(mixed(name)))
	}
	return s
}

func (s *sounds) code(name string) uint16 {
	c, ok := s.codes[name]
	if !ok {
		c = uint16(len(s.names))
		if name == "" {
			return 0
		}
		s.codes[name] = c
		s.names = append(s.names, name)
	}
	return c
}

// toneless drops the tone marks: lǜ -> lv.
func toneless(py string) string {
	return strings.Map(func(r rune) rune {
		for _, row := range []string{"aāáǎà", "eēéěèêếềḗ", "iīíǐì", "oōóǒò", "uūúǔù", "vüǖǘǚǜ", "mḿ", "nńňǹ"} {
			if strings.ContainsRune(row, r) {
				return rune(row[0])
			}
		}
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, py)
}

// mixed maps a syllable to one that stands for all that are often mixed up with it in the southwest:
// zh/z, ch/c, sh/s, n/l, and -ng/-n after a, e, i.
func mixed(py string) string {
	for _, p := range [][2]string{{"zh", "z"}, {"ch", "c"}, {"sh", "s"}, {"n", "l"}} {
		if strings.HasPrefix(py, p[0]) && len(py) > len(p[0]) {
			py = p[1] + py[len(p[0]):]
			break
		}
	}
	for _, end := range []string{"ang", "eng", "ing"} {
		if strings.HasSuffix(py, end) {
			return py[:len(py)-1]
		}
	}
	return py
}

// of returns the commonest syllable of a character, 0 if it has none.
func (s *sounds) of(r rune) uint16 {
	if i := int(r) - 0x4E00; i >= 0 && i < len(s.first) {
		return s.first[i]
	}
	return 0
}

// match tells how the character r is read as syllable want: 2 exactly, 1 by a mixed-up sound, 0 not.
func (s *sounds) match(r rune, want uint16) int {
	got := s.of(r)
	if got == 0 {
		return 0
	}
	if got == want {
		return 2
	}
	grade := 0
	if s.loose[got] == s.loose[want] {
		grade = 1
	}
	for _, o := range s.other[r] {
		if o == want {
			return 2
		}
		if s.loose[o] == s.loose[want] {
			grade = 1
		}
	}
	return grade
}

// split reads typed letters as syllables ("qixiu": qi xiu), the longest first; ok is false if they are
// none. With open, the last syllable may be only begun ("qix").
func (s *sounds) split(letters string, open bool) (syllables []uint16, rest string, ok bool) {
	var dead [64]bool // positions from which nothing can be read
	if len(letters) >= len(dead) {
		return nil, "", false
	}
	var try func(at int) bool
	try = func(at int) bool {
		if at == len(letters) {
			return true
		}
		if letters[at] == '\'' {
			return try(at + 1)
		}
		if dead[at] {
			return false
		}
		for n := min(6, len(letters)-at); n > 0; n-- {
			c, known := s.codes[letters[at:at+n]]
			if !known || n == 1 && !strings.Contains("aeo", letters[at:at+n]) {
				continue
			}
			syllables = append(syllables, c)
			if try(at + n) {
				return true
			}
			syllables = syllables[:len(syllables)-1]
		}
		if open && s.begun(letters[at:]) {
			rest = letters[at:]
			return true
		}
		dead[at] = true
		return false
	}
	ok = try(0)
	return syllables, rest, ok
}

// begun reports whether some syllable begins with letters.
func (s *sounds) begun(letters string) bool {
	for _, n := range s.names {
		if strings.HasPrefix(n, letters) && n != "" {
			return true
		}
	}
	return false
}

package catalogue

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleaner takes the noise out of a post's title: pay, perks, shifts, places,
// numbers, the employer in front of 招聘, brackets.
type cleaner struct {
	bracket, pay, number, hire *regexp.Regexp
	noise                      *strings.Replacer
	places                     map[string]struct{}
}

// noiseWords say nothing about the work. Longer words stand before the shorter ones
// they contain, because a Replacer takes the first that fits.
const noiseWords = `五险一金 六险一金 六险二金 五险 六险 七险 社保 公积金 缴纳 周末双休 双休 单休 大小周 月休 轮休 包吃包住 包吃住 管吃住 包食宿 包吃 包住 管吃 管住
提供食宿 提供住宿 解决住宿 食宿 有住宿 住宿 员工餐 免费 餐补 房补 话补 饭补 就近安排 就近分配 就近 安排 分配 长白班 长白 白班 夜班 两班倒 三班倒 倒班 轮班
坐班 日结 周结 月结 现结 可预支 预支 无责任底薪 无责底薪 无责任 无责 保底 高底薪 底薪 高薪诚聘 高薪 高提成 提成 奖金 晋升空间大 晋升空间 晋升快 晋升 空间大
带薪培训 带薪休假 带薪年假 带薪 福利待遇好 福利待遇 福利好 福利多 福利 待遇好 待遇 法定 节假日 年终奖 年终 下午茶 氛围轻松 氛围好 氛围 轻松稳定 简单易上手 易上手
轻松 稳定 简单 急聘 急招 诚聘 诚招 直招 直聘 招募 应届毕业生 应届生 应届 毕业生 大学生 实习生 实习 零经验 无经验 经验不限 不限经验 无需经验 不需要经验 接受小白
可小白 小白 新手 学历不限 男女不限 不限 可接受 接受 暑假工 寒假工 假期工 短期工 长期工 长期 短期 不加班 加班少 不打电话 无需外出 不外出 无外呼 不出差 朝九晚六
朝九晚五 早九晚六 早九晚五 上班 立即上岗 上岗 入职 到岗 无试用期 试用期 转正 过万 上万 月入 月薪 日薪 时薪 年薪 综合薪资 工资 薪资 薪酬 起薪 收入 每月
中介勿扰 勿扰 靠谱 投简历 地铁站附近 地铁口 附近 工作地点 急需 若干 多名 数名 名额 人数 不考证 大厂 上市公司 国企 央企 外企 民企 届校招 校招生 春招 秋招 社招 优先 外包 驻场
本部 总部 总公司 分公司 周边 门店新开业`

func newCleaner(regions []Region) *cleaner {
	c := &cleaner{
		bracket: regexp.MustCompile(`[(\[【「{<《][^)\]】」}>》]*[)\]】」}>》]?`),
		pay:     regexp.MustCompile(`[月日年周时底综合税前后到手保无责薪入工资收约过可达高起+]*[0-9]+(\.[0-9]+)?[-~到至—]*([0-9]+(\.[0-9]+)?)?[kw千万元块百%]*(/|每)?[月天日时小年名人个岁薪点险班]*[+以上起左右]*`),
		number:  regexp.MustCompile(`\b(id)?[a-z]{0,3}[0-9]{4,}\b`),
		hire:    regexp.MustCompile(`^(.*?)(?:高薪)?(?:诚聘|招聘|急聘|急招|诚招|直招|招募)(.+)$`),
		places:  make(map[string]struct{}, 2*len(regions)),
	}
	var pairs []string
	for _, w := range strings.Fields(noiseWords) {
		pairs = append(pairs, w, " ")
	}
	c.noise = strings.NewReplacer(pairs...)
	for _, r := range regions {
		for _, n := range []string{r.Name, r.Short} {
			if len([]rune(n)) >= 2 {
				c.places[n] = struct{}{}
			}
		}
	}
	return c
}

// recruiting are the words that make 招聘 part of a job's own name (招聘专员).
const recruiting = "专员 助理 主管 经理 顾问 总监 负责 官 师 岗 文员 hr 和 及 与 / 培训"

// view is a title taken apart: what the post is called, what stands in brackets or
// behind it, and the words of the employer that came before 招聘. All are lower case and
// without noise; a stroke parts what punctuation parted.
type view struct{ main, side, org string }

// clean takes a title apart. Its main part is the folded title itself if nothing else
// is left.
func (c *cleaner) clean(title string) view {
	text := strings.Map(func(r rune) rune { // fold, but keep the spaces: they part
		if r >= '！' && r <= '～' {
			r -= '！' - '!'
		}
		return unicode.ToLower(r)
	}, title)
	var v view
	var inside []string
	text = c.bracket.ReplaceAllStringFunc(text, func(s string) string {
		inside = append(inside, s)
		return " "
	})
	if m := c.hire.FindStringSubmatch(text); m != nil {
		own := slices.ContainsFunc(strings.Fields(recruiting), func(w string) bool { return strings.HasPrefix(m[2], w) })
		if !own {
			text = m[2]
			v.org, _ = c.words(m[1])
		}
	}
	var rest string
	v.main, rest = c.words(text)
	v.side, _ = c.words(strings.Join(inside, " "))
	v.side = strings.Trim(v.side+"/"+rest, "/")
	for _, more := range []*string{&v.side, &v.org} {
		if utf8.RuneCountInString(v.main) < 2 {
			v.main = strings.Trim(v.main+"/"+*more, "/")
			*more = ""
		}
	}
	if v.main == "" {
		v.main = fold(title)
	}
	return v
}

// words returns the first three parts that say something and the rest, parted by strokes:
// beyond the third part stand perks and slogans.
func (c *cleaner) words(text string) (first, rest string) {
	text = c.number.ReplaceAllString(text, " ")
	text = c.noise.Replace(c.pay.ReplaceAllString(text, " "))
	n := 0
	for p := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if p = c.stripPlaces(p); p == "" {
			continue
		}
		if n++; n <= 3 {
			first += "/" + p
		} else {
			rest += "/" + p
		}
	}
	return strings.TrimPrefix(first, "/"), strings.TrimPrefix(rest, "/")
}

// stripPlaces takes place names off both ends.
func (c *cleaner) stripPlaces(s string) string {
	r := []rune(s)
	for again := true; again; {
		again = false
		for n := min(6, len(r)); n >= 2; n-- {
			if _, ok := c.places[string(r[:n])]; ok {
				r, again = r[n:], true
				break
			}
			if _, ok := c.places[string(r[len(r)-n:])]; ok {
				r, again = r[:len(r)-n], true
				break
			}
		}
	}
	return string(r)
}

package web

import "sunmao/services/rates"

// terms are the words of the trade first, then every rate as its definition says it.
func terms() []term {
	out := []term{
		{"post", "岗位", "post", "企业提供的认识实习、岗位实习或就业名额，写明内容、人数、时间、报酬和条件。", "职业学校学生实习管理规定 第二条"},
		{"observation", "认识实习", "observation", "学生到企业参观、观摩和体验，不顶岗。", "职业学校学生实习管理规定 第二条"},
		{"internship", "岗位实习", "internship", "具备一定能力的学生在专业人员指导下，辅助或相对独立参与实际工作。", "职业学校学生实习管理规定 第二条"},
		{"cohort", "班级批次", "cohort", "学校一起安排的一批学生：同一专业、同一年级、同一时间段。批次开放后，企业可以看到人数和需求，看不到学生姓名。", "平台"},
		{"order-class", "订单班", "order class", "学校与一家企业共同培养的班，包括冠名班、定制班、学徒制班。平台把企业承诺与每一阶段的实到人数放在一起看。", "平台"},
		{"base", "实训基地", "training base", "学校或企业用于实训的场所，按校内、校外、共享、虚拟仿真分类，登记级别、工位和设备值。", "中等职业学校质量年度报告"},
		{"match", "匹配", "match", "一个岗位与一个批次的适配程度，0 到 100 分，由专业、技能、距离、报酬、时间等项相加，每项的得分和理由都写出来。它是建议，去不去由学校和企业决定。", "平台"},
		{"occupation", "职业编码", "occupation code", "国家职业分类大典中的编码。平台由岗位名称和内容推测，企业可以更正。", "中华人民共和国职业分类大典"},
		{"round", "匹配轮次", "round", "在同一时刻冻结一组批次和岗位，一起分配一次。先预览，看谁没有安置、为什么，再发布；发布后仍要双方答复。", "平台"},
		{"assign", "统筹分配", "assignment", "让总适配分最高的分配方式；结果附上限值，上限等于得分即说明没有更好的分法。", "平台"},
		{"stable", "双向选择", "two-way selection", "双方各自排序，结果里没有任何一对彼此更愿意在一起却没有在一起。", "Gale–Shapley, 1962"},
		{"green", "优先安置", "priority", "家庭经济困难等学生，学校在批次中登记人数，分配时先安排。", "职业学校学生实习管理规定"},
		{"credit-code", "统一社会信用代码", "unified social credit code", "企业的 18 位代码，最后一位是校验码，输错一位即能发现。", "GB 32100—2015"},
		{"sample", "示例", "sample", "为演示由程序生成的记录，不对应真实的人、岗位或批次。由它算出的数字同样标“示例”。", "平台"},
	}
	for _, d := range rates.Definitions() {
		meaning := d.Numerator + " ÷ " + d.Denominator + "。"
		if d.Exclusions != "" {
			meaning += "不计：" + d.Exclusions + "。"
		}
		if d.Scope != "" {
			meaning += "可比范围：" + d.Scope + "。"
		}
		meaning += "为什么：" + d.Why + "。"
		out = append(out, term{"rate-" + d.Key, d.Name, d.Key, meaning, "来源：" + d.Source + "；定义版本 " + d.Version + "；" + d.CutOff})
	}
	return out
}

#!/bin/sh
# 用接口密钥建一个岗位草稿并提交审核。
#   SUNMAO_URL=https://sunmao.example.cn SUNMAO_API_KEY=smk_… sh examples/post.sh 人事系统里的岗位编号
# 岗位编号作为 Idempotency-Key：网络中断后原样再跑一次，岗位也只有一个。
set -eu
number=$1

send() { # 地址 编号 内容
	curl --silent --show-error --fail-with-body --retry 3 --retry-connrefused --max-time 60 \
		-H "Authorization: Bearer $SUNMAO_API_KEY" -H 'Content-Type: application/json' -H "Idempotency-Key: $2" \
		--data "$3" "$SUNMAO_URL/api/v1$1"
}

post=$(send /posts "post-$number" '{
	"kind": "internship", "title": "数控车工", "duties": "操作数控车床，按图纸加工零件，自检尺寸",
	"skills": ["数控车床", "识图"], "slots": 4, "from": "2027-03-01", "to": "2027-08-31", "closes_on": "2027-02-15",
	"pay_fen": 380000, "hours_per_day": 8, "days_per_week": 5, "lodging": true, "meals": true
}')
id=$(printf %s "$post" | sed -n 's/^{"id":"\([^"]*\)".*/\1/p')
echo "岗位编号 $id"
send "/posts/$id/act" "submit-$number" '{"verb": "submit"}' | sed -n 's/.*"state":"\([^"]*\)".*/状态 \1/p'

package sheets

const (
	reasonHeader = "错误原因"
	lineHeader   = "原行号"
)

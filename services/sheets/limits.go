package sheets

// Limits on what one file may cost. They are far above any table the users have
// and far below what would hurt a server shared by a district.
const (
	// MaxFile is the largest upload accepted, in bytes.
	MaxFile = 64 << 20
	// MaxRows is the largest number of rows with content in one table.
	MaxRows = 200_000
	// MaxColumns is the largest number of columns with content.
	MaxColumns = 256
	// MaxCell is the longest cell, in characters; it is Excel's own limit.
	MaxCell = 32_767

	maxSheetXML   = 256 << 20 // one worksheet, unzipped
	maxStringsXML = 128 << 20 // shared strings, unzipped
	maxPartXML    = 8 << 20   // workbook, styles and other small parts, unzipped
	maxStrings    = 4_000_000 // shared strings in one workbook
	maxRecord     = 4 << 20   // one CSV record
	maxEntries    = 2000      // files inside one workbook
	maxMerged     = 1000      // merged ranges in one worksheet
	maxRatio      = 250       // unzipped to zipped size, for parts over ratioFrom
	ratioFrom     = 8 << 20
	gridRows      = 5000 // rows of one table read whole for the audit
	gridCells     = 200_000
)

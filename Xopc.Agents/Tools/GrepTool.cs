using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Xopc.Agents.Tools;

internal sealed class GrepTool(Workspace workspace, TimeProvider clock)
    : AgentTool("grep", "Search the text files of the workspace for a regular expression or a literal text.", Parameters, Schema, clock)
{
    private const int MaxMatches = 1_000;
    private const int DefaultMatches = 100;
    private const int MaxLineLength = 500;
    private const int SniffedBytes = 8 * 1024;

    // Without counts an automaton has at most a state per character. With 40 of them 30 MB were the worst found, with 100 of them 700 MB.
    private const int LargestAutomaton = 40;

    // What backtracking remembers grows with the line: 250 MB were seen for one of 4 million characters.
    private const int LongestBacktracked = 64 * 1024;

    private static readonly TimeSpan MostPerLine = TimeSpan.FromSeconds(2);

    private static readonly IReadOnlyList<ToolParameter> Parameters =
    [
        new("pattern", ToolParameterType.Text, "Regular expression (without look-around and back-references), or text when 'literal' is true.", Required: true, Max: 1_000),
        new("path", ToolParameterType.Text, "File or folder to search, relative to the workspace."),
        new("glob", ToolParameterType.Text, "Only files with such names, for example '*.cs'.", Max: 200),
        new("ignoreCase", ToolParameterType.Flag, "Whether upper and lower case are the same."),
        new("literal", ToolParameterType.Flag, "Whether the pattern is plain text."),
        new("context", ToolParameterType.Count, "Lines to show before and after a match.", Max: 20),
        new("limit", ToolParameterType.Count, "Most matches to show; 100 when left out.", Max: MaxMatches),
    ];

    private static readonly JsonElement Schema = ToolSchema.Create(Parameters);

    public override TimeSpan Timeout => TimeSpan.FromSeconds(60);

    protected override async Task<ToolResult> ActAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        var regex = Compile(arguments.Text("pattern"), arguments.Flag("literal"), arguments.Flag("ignoreCase"));
        var search = new Search(regex, arguments.Count("context", 0), arguments.Count("limit", DefaultMatches));
        var start = workspace.Resolve(arguments.FindText("path"));
        if (!Directory.Exists(start) && !File.Exists(start))
        {
            throw new ToolException($"{workspace.Name(start)} does not exist.");
        }

        var glob = arguments.FindText("glob") is { } pattern ? new Glob(pattern) : null;
        var visited = 0;
        var files = File.Exists(start) ? [new FileInfo(start)] : WorkspaceFiles.Walk(start, () => visited++ < WorkspaceFiles.MaxVisited, cancellationToken);
        foreach (var file in files)
        {
            var name = workspace.Name(file.FullName);
            if ((glob is null || glob.IsMatch(Path.GetRelativePath(start, file.FullName).Replace('\\', '/'))) && await ReadAsync(file, cancellationToken) is { } text)
            {
                search.In(name, text, cancellationToken);
            }

            if (search.IsFull)
            {
                break;
            }
        }

        return new ToolResult(search.Report(visited > WorkspaceFiles.MaxVisited ? $"[gave up after {WorkspaceFiles.MaxVisited} entries]" : ""));
    }

    // The pattern comes from a model. A small automaton costs linear time whatever it is. A large one does not cost bounded memory: (.{0,40}a){20}c kept
    // 4 GB and computed 215 s for one line of 2,000 characters, past its own timeout, which is looked at every 1,000 characters. So it goes by backtracking,
    // which costs no memory to speak of and ends in time.
    internal static Regex Compile(string pattern, bool isLiteral, bool ignoreCase)
    {
        var written = isLiteral ? Regex.Escape(pattern) : pattern;
        var options = RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None);
        try
        {
            var linear = new Regex(written, options | RegexOptions.NonBacktracking, MostPerLine);
            return written.Length <= LargestAutomaton && !written.Contains('{') ? linear : new Regex(written, options, MostPerLine);
        }
        catch (NotSupportedException)
        {
            throw new ToolException("The pattern is too large or uses look-around or back-references, which are not supported.");
        }
        catch (ArgumentException)
        {
            throw new ToolException("The pattern is no valid regular expression; set 'literal' to search for it as it stands.");
        }
    }

    private static async Task<string?> ReadAsync(FileInfo file, CancellationToken cancellationToken)
    {
        try
        {
            if (file.Length is 0 or > Workspace.MaxFileBytes)
            {
                return null;
            }

            var bytes = await File.ReadAllBytesAsync(file.FullName, cancellationToken);
            return bytes.AsSpan(0, Math.Min(bytes.Length, SniffedBytes)).Contains((byte)0) ? null : Encoding.UTF8.GetString(bytes);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // Gone or not ours: one file must not end the search.
            return null;
        }
    }

    private sealed class Search(Regex regex, int context, int limit)
    {
        private readonly StringBuilder _found = new();
        private int _matches;
        private readonly int _longest = regex.Options.HasFlag(RegexOptions.NonBacktracking) ? int.MaxValue : LongestBacktracked;
        private bool _hasMore;
        private bool _wasCut;

        public bool IsFull => _hasMore || _found.Length > ToolResult.MaxBytes;

        public void In(string name, string text, CancellationToken cancellationToken)
        {
            var lines = text.Split('\n');
            var shownTo = -1;
            for (var i = 0; i < lines.Length && !IsFull; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!IsMatch(lines[i].TrimEnd('\r')))
                {
                    continue;
                }

                if (_matches == limit)
                {
                    _hasMore = true;
                    return;
                }

                _matches++;
                for (var at = Math.Max(shownTo + 1, i - context); at < i; at++)
                {
                    Show(name, at, '-', lines[at]);
                }

                if (shownTo < i)
                {
                    Show(name, i, ':', lines[i]);
                }

                shownTo = i;
                for (var at = i + 1; at <= i + context && at < lines.Length && !IsMatch(lines[at].TrimEnd('\r')); at++)
                {
                    Show(name, at, '-', lines[at]);
                    shownTo = at;
                }
            }
        }

        public string Report(string note)
        {
            var end = _hasMore ? $"[the first {limit} matches; there are more]" : _matches == 0 ? "(no match)" : "";
            var cut = _wasCut ? $"[of lines longer than {_longest} characters only the beginning was searched; a pattern of at most {LargestAutomaton} characters without counts searches them whole]" : "";
            return (_found + string.Join('\n', ((string[])[end, cut, note]).Where(static line => line.Length > 0))).TrimEnd('\n');
        }

        private bool IsMatch(string line)
        {
            try
            {
                _wasCut |= line.Length > _longest;
                return regex.IsMatch(line.AsSpan(0, Math.Min(line.Length, _longest)));
            }
            catch (RegexMatchTimeoutException)
            {
                throw new ToolException("The pattern takes too long.");
            }
        }

        private void Show(string name, int line, char mark, string text)
        {
            var end = text.TrimEnd('\r');
            end = end.Length > MaxLineLength ? end[..(char.IsHighSurrogate(end[MaxLineLength - 1]) ? MaxLineLength - 1 : MaxLineLength)] + "…" : end;
            _found.Append(name).Append(mark).Append(line + 1).Append(mark).Append(' ').Append(end).Append('\n');
        }
    }
}

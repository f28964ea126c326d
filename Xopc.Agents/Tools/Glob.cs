namespace Xopc.Agents.Tools;

/// <summary>File name patterns: <c>*</c> and <c>?</c> within a folder, <c>**</c> across folders, <c>{a,b}</c>, <c>[abc]</c>. Without a slash the name alone is matched.</summary>
/// <remarks>
/// Patterns come from a model, so their cost is bounded: a match takes steps as the product of both lengths and no memory but the stack. As regular expressions
/// without backtracking they took linear time too, but a pattern of 144 characters allocated 37 MB for its automaton.
/// </remarks>
internal sealed class Glob
{
    private const int MaxLength = 200;

    private readonly string _pattern;
    private readonly GlobStep[] _steps;
    private readonly bool _nameOnly;

    /// <exception cref="ToolException">The pattern is too long or not well formed.</exception>
    public Glob(string pattern)
    {
        if (pattern.Length is 0 or > MaxLength)
        {
            throw new ToolException("That is no file name pattern.");
        }

        _pattern = pattern.StartsWith("./", StringComparison.Ordinal) ? pattern[2..] : pattern;
        _nameOnly = !_pattern.Contains('/');
        _steps = new GlobCompiler(_pattern).Compile();
    }

    /// <summary>How many steps matching takes for each character of a path, at most.</summary>
    internal int Cost => _steps.Length;

    /// <param name="path">Relative, with slashes.</param>
    public bool IsMatch(string path)
    {
        var text = _nameOnly ? path.AsSpan(path.LastIndexOf('/') + 1) : path;

        // All places that can be reached, side by side: each once for each character. Three steps a character bound the stack: 10 KB.
        Span<int> places = stackalloc int[_steps.Length];
        Span<int> following = stackalloc int[_steps.Length];
        Span<int> open = stackalloc int[_steps.Length];
        Span<int> seen = stackalloc int[_steps.Length];
        seen.Clear();
        var count = Reach(0, places, 0, open, seen, 1);
        for (var i = 0; i < text.Length && count > 0; i++)
        {
            var reached = 0;
            foreach (var place in places[..count])
            {
                if (Takes(_steps[place], text[i]))
                {
                    reached = Reach(place + 1, following, reached, open, seen, i + 2);
                }
            }

            var previous = places;
            places = following;
            following = previous;
            count = reached;
        }

        return count > 0 && places[..count].Contains(_steps.Length - 1);
    }

    // Follows forks and jumps, and adds where they lead to, unless this round has been there.
    private int Reach(int from, Span<int> places, int count, Span<int> open, Span<int> seen, int round)
    {
        var depth = 0;
        Visit(from, open, seen);
        while (depth > 0)
        {
            var at = open[--depth];
            var step = _steps[at];
            switch (step.Op)
            {
                case GlobOp.Jump:
                    Visit(step.To, open, seen);
                    break;
                case GlobOp.Fork:
                    Visit(step.To, open, seen);
                    Visit(at + 1, open, seen);
                    break;
                default:
                    places[count++] = at;
                    break;
            }
        }

        return count;

        void Visit(int at, Span<int> open, Span<int> seen)
        {
            if (seen[at] != round)
            {
                seen[at] = round;
                open[depth++] = at;
            }
        }
    }

    private bool Takes(GlobStep step, char character) => step.Op switch
    {
        GlobOp.Literal => character == _pattern[step.At],
        GlobOp.InFolder => character != '/',
        GlobOp.Anything => true,
        GlobOp.Set => GlobSet.Contains(_pattern, step.At, step.To, character),
        GlobOp.NotInSet => !GlobSet.Contains(_pattern, step.At, step.To, character),
        _ => false,
    };
}

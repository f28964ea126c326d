namespace Xopc.Agents.Tools;

/// <summary>Turns a pattern into steps: at most three for each of its characters, and one for the end.</summary>
internal ref struct GlobCompiler(string pattern)
{
    private readonly List<GlobStep> _steps = new(pattern.Length + 8);
    private int _next;

    /// <exception cref="ToolException">A brace is not closed, or a range in brackets runs backwards.</exception>
    public GlobStep[] Compile()
    {
        Sequence(inBraces: false);
        Add(GlobOp.End);
        return [.. _steps];
    }

    // Up to the end, or up to the comma or brace that ends an alternative. As deep as braces are nested, and so no deeper than the pattern is long.
    private void Sequence(bool inBraces)
    {
        for (; _next < pattern.Length && !(inBraces && pattern[_next] is ',' or '}'); _next++)
        {
            var rest = pattern.AsSpan(_next);
            if (rest.StartsWith("**/"))
            {
                AnyFolders();
                _next += 2;
            }
            else if (rest.StartsWith("**"))
            {
                AnyNumberOf(GlobOp.Anything);
                _next++;
            }
            else
            {
                One();
            }
        }
    }

    private void One()
    {
        switch (pattern[_next])
        {
            case '*':
                AnyNumberOf(GlobOp.InFolder);
                break;
            case '?':
                Add(GlobOp.InFolder);
                break;
            case '{':
                _next++;
                Alternatives();
                break;
            case '[' when pattern.IndexOf(']', Math.Min(_next + 2, pattern.Length)) is var end and > 0:
                Set(end);
                _next = end;
                break;
            default:
                Add(GlobOp.Literal, _next);
                break;
        }
    }

    // Fork past it, the character, and back.
    private void AnyNumberOf(GlobOp op)
    {
        var fork = Add(GlobOp.Fork);
        Add(op);
        Add(GlobOp.Jump, to: fork);
        ForkHere(fork);
    }

    // Names of folders, each with its slash.
    private void AnyFolders()
    {
        var fork = Add(GlobOp.Fork);
        var letter = Add(GlobOp.InFolder);
        var slash = Add(GlobOp.Fork);
        Add(GlobOp.Jump, to: letter);
        ForkHere(slash);
        Add(GlobOp.Literal, _next + 2);
        Add(GlobOp.Jump, to: fork);
        ForkHere(fork);
    }

    private void Alternatives()
    {
        var ends = new List<int>();
        while (true)
        {
            var fork = Add(GlobOp.Fork);
            Sequence(inBraces: true);
            if (_next == pattern.Length)
            {
                throw new ToolException("That is no file name pattern: a { is not closed.");
            }

            ends.Add(Add(GlobOp.Jump));
            if (pattern[_next] == '}')
            {
                _steps[fork] = new GlobStep(GlobOp.Jump, To: fork + 1); // the last one has no other
                break;
            }

            ForkHere(fork);
            _next++;
        }

        foreach (var end in ends)
        {
            _steps[end] = new GlobStep(GlobOp.Jump, To: _steps.Count);
        }
    }

    private void Set(int end)
    {
        var negated = pattern[_next + 1] is '!' or '^' && end > _next + 2;
        var start = _next + (negated ? 2 : 1);
        for (var i = start; i < end; i++)
        {
            if (GlobSet.IsRange(pattern, i, end))
            {
                if (pattern[i] > pattern[i + 2])
                {
                    throw new ToolException("That is no file name pattern: a range in [] runs backwards.");
                }

                i += 2;
            }
        }

        Add(negated ? GlobOp.NotInSet : GlobOp.Set, start, end);
    }

    private readonly int Add(GlobOp op, int at = 0, int to = 0)
    {
        _steps.Add(new GlobStep(op, at, to));
        return _steps.Count - 1;
    }

    private readonly void ForkHere(int fork) => _steps[fork] = new GlobStep(GlobOp.Fork, To: _steps.Count);
}

namespace Xopc.Agents.Tools;

/// <summary>What a place in a compiled pattern asks of a path.</summary>
internal enum GlobOp
{
    /// <summary>The character at <c>At</c> in the pattern.</summary>
    Literal,

    /// <summary>Any character but a slash.</summary>
    InFolder,

    /// <summary>Any character.</summary>
    Anything,

    /// <summary>A character of the set that lies from <c>At</c> to <c>To</c> in the pattern.</summary>
    Set,

    /// <summary>A character that is not of that set.</summary>
    NotInSet,

    /// <summary>Nothing; goes on at the next step and at <c>To</c>.</summary>
    Fork,

    /// <summary>Nothing; goes on at <c>To</c>.</summary>
    Jump,

    /// <summary>The end of the path.</summary>
    End,
}

/// <summary>One step of a compiled pattern.</summary>
internal readonly record struct GlobStep(GlobOp Op, int At = 0, int To = 0);

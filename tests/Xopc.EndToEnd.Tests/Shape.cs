namespace Xopc.EndToEnd.Tests;

/// <summary>How Xopc runs.</summary>
public enum Shape
{
    /// <summary>Everything in one process.</summary>
    OneProcess,

    /// <summary>Four processes over a Redis of their own.</summary>
    Bundle,

    /// <summary>As a bundle, with two agents processes that share their database file.</summary>
    TwoReplicas,
}

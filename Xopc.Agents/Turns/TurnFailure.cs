namespace Xopc.Agents.Turns;

/// <summary>Why a turn brought no whole answer, in classes: fit for a span, a measure, and a sentence to the person. The provider's own words stay in the transcript.</summary>
internal enum TurnFailure
{
    None,

    /// <summary>The process stopped or died while the answer was being written.</summary>
    Restarted,

    /// <summary>Started as often as a turn may be, and never ended.</summary>
    GivenUp,

    /// <summary>Our fault; the log says more.</summary>
    Internal,

    NotConfigured,
    Unauthorized,
    RateLimited,
    Overloaded,
    ContextTooLong,
    BadRequest,
    Network,
    Timeout,
    Malformed,
    Empty,
}

namespace Xopc.Contracts.Messages;

/// <summary>An order to every process, past all queues: <c>abort</c> a run, <c>revoke</c> a credential, <c>reload</c> the configuration.</summary>
/// <param name="Kind">The verb, see <see cref="ControlKinds"/>.</param>
/// <param name="Subject">What it concerns: a run id, a session key, a key id, a configuration hash.</param>
/// <param name="Text">Extra text, for <c>steer</c>.</param>
public sealed record ControlMessage(string Kind, string Subject, string? Text = null);

/// <summary>The verbs of <see cref="ControlMessage"/>.</summary>
public static class ControlKinds
{
    public const string Abort = "abort";
    public const string Steer = "steer";
    public const string Revoke = "revoke";
    public const string Reload = "reload";

    /// <summary>Subject: a level, or <c>default</c>. Text: the instant until which, or null.</summary>
    public const string LogLevel = "log-level";
}

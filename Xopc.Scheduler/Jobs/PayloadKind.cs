namespace Xopc.Scheduler.Jobs;

/// <summary>What a job does.</summary>
internal enum PayloadKind
{
    /// <summary>Says a text as it is; no model is asked.</summary>
    SystemEvent,

    /// <summary>Asks an agent.</summary>
    AgentTurn,
}

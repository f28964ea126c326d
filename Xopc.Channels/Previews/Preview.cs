using Xopc.Channels.Deliveries;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Channels.Previews;

/// <summary>An answer that this process shows while it grows. In one hand only.</summary>
internal sealed class Preview(RunStarted run)
{
    public RunStarted Run => run;

    public string TurnId => run.TurnId;

    /// <summary>The right to show it, from when it was first shown.</summary>
    public KeyLease? Lease { get; set; }

    /// <summary>What people see; null: nothing of this run's.</summary>
    public DeliveryPart? Seen { get; set; }
}

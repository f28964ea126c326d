namespace Xopc.Contracts.Messages;

/// <summary>
/// Hears every control message that reaches this process. Whoever is registered in the container as one is called; for the projects that have something
/// to hear and may not know messaging.
/// </summary>
public interface IControlHandler
{
    /// <summary>Quick, never throws.</summary>
    void Hear(ControlMessage message);
}

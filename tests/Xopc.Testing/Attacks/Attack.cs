namespace Xopc.Testing.Attacks;

/// <summary>One attack on the edge from one client.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Ends">Whether the server must end the connection. The others are bounded by what a connection may hold, and end when the client leaves.</param>
/// <param name="RunAsync">Attacks until it is cut off or has sent everything; the number says how often it repeats itself. True: it was cut off.</param>
public sealed record Attack(string Name, bool Ends, Func<Uri, string, int, CancellationToken, Task<bool>> RunAsync)
{
    public override string ToString() => Name;
}

namespace Xopc.Testing.Canaries;

/// <param name="Form">What was done to it: <c>raw</c>, <c>base64</c>, …</param>
public sealed record CanaryLeak(Canary Canary, string Form, string Place, int Line)
{
    public override string ToString() => $"{Place}:{Line}: {Canary.Name} ({Form})";
}

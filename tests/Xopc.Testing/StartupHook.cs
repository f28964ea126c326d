using Xopc.Testing.Faults;

/// <summary>
/// The runtime calls it in a process started with <c>DOTNET_STARTUP_HOOKS</c>, before the program's own first line: the program itself knows nothing of tests.
/// The name, outside of any namespace, is the runtime's.
/// </summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(FaultArm.Variable) is { Length: > 0 } file)
        {
            FaultArm.Listen(file);
        }
    }
}

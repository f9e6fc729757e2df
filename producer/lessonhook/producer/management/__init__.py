"""Django finds commands here, once `lessonhook.producer.django.LessonhookConfig` is among the installed apps."""
